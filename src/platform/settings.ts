/** Every scalar setting: its key in the file, its variable, its default. Command line > environment > file > default. */
import { UserError } from '../errors/user-error.ts';
import { asNumber, asString, type JsonObject } from '../wire/json.ts';
import type { Environment } from './environment.ts';

interface SettingRow {
  readonly variable: string;
  readonly kind:
    | 'text'
    | { readonly words: readonly string[] }
    | { readonly from: number; readonly to: number }
    | { readonly pattern: RegExp; readonly example: string };
  /** `undefined`: nothing is set by default. */
  readonly fallback: string | number | undefined;
}

const milliseconds = { from: 100, to: 86_400_000 };
/** Keys that a terminal needs for itself (Ctrl+C, I, J, M, Z, [) are no prefix. */
export const prefixPattern = /^ctrl\+[abd-hk-lno-y\\\]^_]$/;

const url = { pattern: /^https?:\/\/\S+$/, example: 'http://127.0.0.1:4000' };
const efforts = ['none', 'low', 'medium', 'high', 'xhigh', 'max'];

export const settingRows = {
  model: { variable: 'CCP_MODEL', kind: 'text', fallback: 'gpt-5.5' },
  fastModel: { variable: 'CCP_FAST_MODEL', kind: 'text', fallback: undefined },
  effort: { variable: 'CCP_EFFORT', kind: { words: efforts }, fallback: undefined },
  layout: { variable: 'CCP_LAYOUT', kind: { words: ['auto', 'side', 'bottom', 'off'] }, fallback: 'auto' },
  prefix: { variable: 'CCP_PREFIX', kind: { pattern: prefixPattern, example: 'ctrl+g' }, fallback: 'ctrl+\\' },
  mouse: { variable: 'CCP_MOUSE', kind: { words: ['auto', 'on'] }, fallback: 'auto' },
  transcript: { variable: 'CCP_TRANSCRIPT', kind: { words: ['off', 'on'] }, fallback: 'off' },
  port: { variable: 'CCP_PORT', kind: { from: 0, to: 65_535 }, fallback: 18765 },
  claudePath: { variable: 'CCP_CLAUDE_PATH', kind: 'text', fallback: undefined },
  codexBaseUrl: { variable: 'CCP_CODEX_BASE_URL', kind: url, fallback: 'https://chatgpt.com/backend-api/codex' },
  codexTransport: { variable: 'CCP_CODEX_TRANSPORT', kind: { words: ['http', 'websocket'] }, fallback: 'http' },
  chatgptBaseUrl: { variable: 'CCP_CHATGPT_BASE_URL', kind: url, fallback: 'https://api.openai.com/v1' },
  openaiBaseUrl: { variable: 'CCP_OPENAI_BASE_URL', kind: url, fallback: 'https://api.openai.com/v1' },
  kimiBaseUrl: { variable: 'CCP_KIMI_BASE_URL', kind: url, fallback: 'https://api.kimi.com/coding' },
  kimiDialect: { variable: 'CCP_KIMI_DIALECT', kind: { words: ['messages', 'chat'] }, fallback: 'messages' },
  codexAuthUrl: { variable: 'CCP_CODEX_AUTH_URL', kind: url, fallback: 'https://auth.openai.com' },
  chatgptAuthUrl: { variable: 'CCP_CHATGPT_AUTH_URL', kind: url, fallback: 'https://auth.openai.com' },
  kimiAuthUrl: { variable: 'CCP_KIMI_AUTH_URL', kind: url, fallback: 'https://auth.kimi.com' },
  keychain: { variable: 'CCP_KEYCHAIN', kind: { words: ['auto', 'off'] }, fallback: 'auto' },
  anthropicBaseUrl: { variable: 'CCP_ANTHROPIC_BASE_URL', kind: url, fallback: 'https://api.anthropic.com' },
  pingIntervalMs: { variable: 'CCP_PING_INTERVAL_MS', kind: { from: 50, to: 60_000 }, fallback: 10_000 },
  upstreamHeadersTimeoutMs: { variable: 'CCP_UPSTREAM_HEADERS_TIMEOUT_MS', kind: milliseconds, fallback: 300_000 },
  upstreamIdleTimeoutMs: { variable: 'CCP_UPSTREAM_IDLE_TIMEOUT_MS', kind: milliseconds, fallback: 300_000 },
  passKeys: { variable: 'CCP_PASS_KEYS', kind: 'text', fallback: undefined },
  pricesFile: { variable: 'CCP_PRICES_FILE', kind: 'text', fallback: undefined },
  whatIf: { variable: 'CCP_WHAT_IF', kind: 'text', fallback: 'anthropic/claude-opus-5-5' },
  logLevel: { variable: 'CCP_LOG_LEVEL', kind: { words: ['debug', 'info', 'warn', 'error'] }, fallback: 'info' },
} as const satisfies Record<string, SettingRow>;

export type SettingKey = keyof typeof settingRows;

export interface Setting {
  readonly value: string | number | undefined;
  readonly from: 'environment' | 'file' | 'default';
}

const rows: Readonly<Record<SettingKey, SettingRow>> = settingRows;

export const settingKeys = Object.keys(settingRows).filter((key): key is SettingKey => key in settingRows);

export class Settings {
  readonly #env: Environment;
  readonly #file: JsonObject;

  constructor(env: Environment, file: JsonObject) {
    this.#env = env;
    this.#file = file;
  }

  /** @throws UserError for a variable that does not fit. */
  read(key: SettingKey): Setting {
    const row = rows[key];
    const given = this.#env[row.variable];
    if (given !== undefined && given !== '')
      return { value: readText(given, row.kind, `The variable ${row.variable}`), from: 'environment' };
    const stored = this.#file[key];
    if (typeof stored === 'string' || typeof stored === 'number') return { value: stored, from: 'file' };
    return { value: row.fallback, from: 'default' };
  }

  text(key: SettingKey): string | undefined {
    return asString(this.read(key).value);
  }

  number(key: SettingKey): number {
    const value = asNumber(this.read(key).value);
    if (value === undefined) throw new Error(`setting ${key} is no number`);
    return value;
  }

  /** Settings that are no scalars: `routes`, `upstreams`, `fallback`, `budgets`. */
  object(key: string): unknown {
    return this.#file[key];
  }
}

/** @throws UserError naming what was expected; `what` begins its sentence. */
export function readText(text: string, kind: SettingRow['kind'], what: string): string | number {
  if (kind === 'text') return text;
  if ('pattern' in kind) {
    if (!kind.pattern.test(text)) throw new UserError(`${what} must look like ${kind.example}, not "${text}".`, 2);
    return text;
  }
  if ('from' in kind) {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= kind.from && value <= kind.to))
      throw new UserError(`${what} must be a whole number from ${kind.from} to ${kind.to}, not "${text}".`, 2);
    return value;
  }
  if (!kind.words.includes(text))
    throw new UserError(`${what} must be one of ${kind.words.join(', ')}, not "${text}".`, 2);
  return text;
}
