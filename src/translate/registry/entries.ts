/** Every upstream beyond the built-in ones: the presets as the user changed them, and the user's own. */
import type { CostKind } from '../../models/types.ts';
import { asObject, asString, isObject, type JsonObject } from '../../wire/json.ts';
import { plainChat } from '../chat/profile.ts';
import { plainPassthrough } from '../passthrough/profile.ts';
import { type DialectName, dialectNames, type UpstreamAuth, type UpstreamEntry } from './entry.ts';
import { type Preset, presets } from './presets.ts';

export interface EntrySources {
  /** The setting `upstreams`, by name; checked against its schema already. */
  readonly custom: JsonObject;
  /** An address from the environment or a setting of its own. */
  readonly baseUrlOf: (name: string) => string | undefined;
  /** The user lets Claude Code's own login go to a loopback address instead of Anthropic's. */
  readonly loginToLoopback: boolean;
  /** A dialect from a setting of its own. */
  readonly dialectOf: (name: string) => string | undefined;
}

export function upstreamEntries(sources: EntrySources): UpstreamEntry[] {
  const names = presets.map(({ name }) => name);
  const others = Object.entries(sources.custom).filter(([name]) => !names.includes(name));
  return [
    ...presets.map((preset) => fromPreset(preset, asObject(sources.custom[preset.name]), sources)),
    ...others.map(([name, value]) => fromSettings(name, asObject(value))),
  ];
}

const isDialect = (value: unknown): value is DialectName => dialectNames.some((name) => name === value);
const costKinds: readonly CostKind[] = ['metered', 'plan', 'local', 'unknown'];

const dialectIn = (...values: readonly unknown[]): DialectName | undefined => values.find(isDialect);
const trimmed = (url: string): string => url.replace(/\/+$/, '');

function fromPreset(preset: Preset, custom: JsonObject, sources: EntrySources): UpstreamEntry {
  const { baseUrls, messagesAuth, ...rest } = preset;
  const dialect = dialectIn(custom.dialect, sources.dialectOf(preset.name)) ?? preset.dialect;
  const given = asString(custom.baseUrl) ?? sources.baseUrlOf(preset.name);
  const baseUrl = given === undefined ? (baseUrls[dialect] ?? '') : movedTo(given, preset, dialect);
  const type = dialect === 'messages' && messagesAuth !== undefined ? messagesAuth : preset.auth.type;
  return {
    ...rest,
    dialect,
    baseUrl: trimmed(baseUrl),
    auth: authIn(custom.auth) ?? { ...preset.auth, type },
    costKind: costIn(custom.cost) ?? preset.costKind,
    clientLogin: preset.messages.native && mayHaveLogin(baseUrl, sources.loginToLoopback),
  };
}

const anthropicsOwn = /^https:\/\/api\.anthropic\.com(?::443)?(?:\/|$)/i;
const loopback = /^https?:\/\/(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?(?:\/|$)/i;

const mayHaveLogin = (baseUrl: string, loginToLoopback: boolean): boolean =>
  anthropicsOwn.test(baseUrl) || (loginToLoopback && loopback.test(baseUrl));

/** What dialects add to the address of a host; a user may give the address with or without. */
const endings = /(?:\/v1|\/anthropic)+\/?$/;

/** The user's address, with what the preset's own has for this dialect behind it. */
function movedTo(given: string, { baseUrls }: Preset, dialect: DialectName): string {
  const ending = endings.exec(baseUrls[dialect] ?? '')?.[0] ?? '';
  return trimmed(given).replace(endings, '') + ending;
}

function fromSettings(name: string, custom: JsonObject): UpstreamEntry {
  return {
    name,
    dialect: dialectIn(custom.dialect) ?? 'chat',
    baseUrl: trimmed(asString(custom.baseUrl) ?? ''),
    costKind: costIn(custom.cost) ?? 'unknown',
    auth: authIn(custom.auth) ?? { type: 'none', env: [], optional: true },
    chat: plainChat,
    messages: plainPassthrough,
    startHint: `Check that it runs, and upstreams.${name}.baseUrl in the settings.`,
    clientLogin: false,
    list: custom.dialect === 'messages' ? undefined : 'openai',
  };
}

const costIn = (value: unknown): CostKind | undefined => costKinds.find((kind) => kind === value);

function authIn(value: unknown): UpstreamAuth | undefined {
  if (!isObject(value)) return undefined;
  const env = asString(value.env);
  const type = value.type === 'x-api-key' || value.type === 'none' ? value.type : 'bearer';
  return { type, env: env === undefined ? [] : [env], optional: type === 'none' };
}
