/** Settings with a single value: schema, environment variable, default and description. */
import { z } from 'zod';
import { efforts } from '../models/types.ts';
import { themeNames } from '../session/theme-names.ts';

export interface ScalarSetting<Schema extends z.ZodType = z.ZodType<string | number>, Default = unknown> {
  readonly schema: Schema;
  /** Phrase that follows "must" in an error message. */
  readonly expects: string;
  readonly variable: string;
  /** `undefined` when the setting has no default. */
  readonly default: Default;
  readonly description: string;
}

type Kind<Schema extends z.ZodType> = { readonly schema: Schema; readonly expects: string };

const text = { schema: z.string().min(1), expects: 'be text' };

const words = <const Words extends readonly [string, ...string[]]>(list: Words) => ({
  schema: z.enum(list),
  expects: `be one of ${list.join(', ')}`,
});

const integer = (from: number, to: number) => ({
  schema: z.int().min(from).max(to),
  expects: `be a whole number from ${from} to ${to}`,
});

/** An HTTP URL without spaces. The path is not checked; it depends on the upstream. */
export const url = {
  schema: z.string().regex(/^https?:\/\/\S+$/),
  expects: 'look like http://127.0.0.1:4000',
};

/** Valid prefix keys. Keys that terminals need themselves (Ctrl+C, I, J, M, Z, [) are excluded. */
export const prefixPattern = /^ctrl\+[abd-hk-lno-y\\\]^_]$/;

const milliseconds = integer(100, 86_400_000);

function setting<Schema extends z.ZodType>(
  variable: string,
  kind: Kind<Schema>,
  description: string,
): ScalarSetting<Schema, undefined>;
function setting<Schema extends z.ZodType>(
  variable: string,
  kind: Kind<Schema>,
  description: string,
  byDefault: z.infer<Schema>,
): ScalarSetting<Schema, z.infer<Schema>>;
function setting<Schema extends z.ZodType>(
  variable: string,
  kind: Kind<Schema>,
  description: string,
  byDefault?: z.infer<Schema>,
): ScalarSetting<Schema, z.infer<Schema> | undefined> {
  return { ...kind, variable, default: byDefault, description };
}

export const scalarSettings = {
  model: setting('CCP_MODEL', text, 'Main model of a launch without `--model`.', 'gpt-5.5'),
  fastModel: setting(
    'CCP_FAST_MODEL',
    text,
    'Titles and other small requests; without it the small model of the main upstream.',
  ),
  effort: setting(
    'CCP_EFFORT',
    words(efforts),
    '`none` … `max`, clamped to the model; without it Claude Code decides.',
  ),
  layout: setting(
    'CCP_LAYOUT',
    words(['auto', 'side', 'bottom', 'off']),
    'Position of the meter; `off` is one row, and below 60×15 it is always one row.',
    'auto',
  ),
  prefix: setting(
    'CCP_PREFIX',
    { schema: z.string().regex(prefixPattern), expects: 'look like ctrl+g' },
    'Prefix key of the screen, such as `ctrl+g`; not a key that terminals need themselves (c, i, j, m, z, [).',
    'ctrl+\\',
  ),
  mouse: setting(
    'CCP_MOUSE',
    words(['auto', 'on']),
    '`auto` uses the mouse when the program, the history or a dialog requests it; `on` always: the wheel and a drag scroll the history, and the meter can be clicked. Hold Shift to select with the terminal itself.',
    'auto',
  ),
  theme: setting(
    'CCP_THEME',
    words(themeNames),
    'Colours of the meter; `auto` follows the terminal’s background. `NO_COLOR` turns colours off.',
    'auto',
  ),
  alerts: setting(
    'CCP_ALERTS',
    words(['on', 'bell', 'notify', 'off']),
    'What calls you when long work ends, a question or a limit waits, or an upstream stalls, and the terminal does not have the focus: the bell, a notification of the desktop, both (`on`), or nothing.',
    'on',
  ),
  transcript: setting(
    'CCP_TRANSCRIPT',
    words(['off', 'on']),
    '`on` prints the text of the pane into the terminal’s own scrollback at the end.',
    'off',
  ),
  port: setting(
    'CCP_PORT',
    integer(0, 65_535),
    'Port of the proxy. When it is in use, `launch` uses a free one and `serve` fails; 0 uses a free one.',
    18_765,
  ),
  claudePath: setting('CCP_CLAUDE_PATH', text, 'The `claude` program; without it `PATH`, then the default locations.'),
  keychain: setting(
    'CCP_KEYCHAIN',
    words(['auto', 'off']),
    '`off` stores logins in plain files of mode 0600; see [credentials](credentials.md).',
    'auto',
  ),
  pingIntervalMs: setting('CCP_PING_INTERVAL_MS', integer(50, 60_000), 'Longest silence towards Claude Code.', 10_000),
  upstreamHeadersTimeoutMs: setting(
    'CCP_UPSTREAM_HEADERS_TIMEOUT_MS',
    milliseconds,
    'How long an upstream may take to start its response; twice that for local ones.',
    300_000,
  ),
  upstreamIdleTimeoutMs: setting(
    'CCP_UPSTREAM_IDLE_TIMEOUT_MS',
    milliseconds,
    'How long an upstream may send nothing within a response; twice that for local ones.',
    300_000,
  ),
  passKeys: setting(
    'CCP_PASS_KEYS',
    text,
    'Variables with upstream credentials that Claude Code still receives, separated by commas.',
  ),
  pricesFile: setting('CCP_PRICES_FILE', text, 'Prices above the bundled ones; see [the meter](meter.md#prices).'),
  whatIf: setting(
    'CCP_WHAT_IF',
    text,
    'The meter says what the newest turn would cost on that model, at its list price.',
    'anthropic/claude-opus-5-5',
  ),
  commitTrailer: setting(
    'CCP_COMMIT_TRAILER',
    {
      schema: z.string().regex(/^(?:off|on|[A-Za-z][A-Za-z-]*: \S.{0,150})$/),
      expects: 'be off, on, or a trailer such as Assisted-by: {model}',
    },
    'Commits name the model that wrote them, in place of Claude Code’s own line: `on` adds `Assisted-by: Claude Code:{model}`; or a text with `{model}` and `{upstream}`. A policy takes precedence.',
    'off',
  ),
  logBodies: setting(
    'CCP_LOG_BODIES',
    integer(0, 1),
    '1 writes the bodies of requests and responses, redacted, to `logs/bodies.log`, for a bug report; a policy can forbid it.',
    0,
  ),
  logLevel: setting('CCP_LOG_LEVEL', words(['debug', 'info', 'warn', 'error']), 'Level of `proxy.log`.', 'info'),
};

export type ScalarKey = keyof typeof scalarSettings;
