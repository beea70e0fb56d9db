/** Resolves the user's upstreams: the registry's definitions with the settings applied, and custom upstreams. */
import type { CostKind } from '../models/types.ts';
import type { Host } from '../translate/dialect.ts';
import { type DialectName, dialects, isDialectName } from '../translate/dialects.ts';
import { asArray, asNumber, asObject, asString, isObject, type JsonObject } from '../wire/json.ts';
import type {
  AuthCommand,
  AuthType,
  OwnSetting,
  TransportName,
  UpstreamAuth,
  UpstreamDefinition,
} from './definition.ts';
import { definitions } from './definitions.ts';
import { upstreamOfLogin } from './login-name.ts';
import { geminiList, type ModelList, plainList } from './model-lists.ts';
import { commandHint, type Upstream } from './upstream.ts';

export interface UpstreamSources {
  /** The setting `upstreams`, by upstream name; already validated by its schema. */
  readonly custom: JsonObject;
  /** Returns an upstream's own setting, or its `CCP_…` variable. */
  readonly ownSetting: (name: string, setting: OwnSetting) => OwnValue | undefined;
  /** Named logins, such as `codex#work`; others are ignored. */
  readonly logins: readonly string[];
  /** The user allows Claude Code's own login to be sent to a loopback address instead of Anthropic's. */
  readonly loginToLoopback: boolean;
  /** A policy has ceilings on cost: the settings cannot call an upstream on another machine a plan or local. */
  readonly keepsCostKind: boolean;
}

export interface OwnValue {
  readonly value: string;
  readonly from: 'environment' | 'file';
}

export function resolveUpstreams(sources: UpstreamSources): Upstream[] {
  const definedNames = definitions.map(({ name }) => name);
  const customUpstreams = Object.entries(sources.custom).filter(([name]) => !definedNames.includes(name));
  const all = [...definitions, ...customUpstreams.map(([name, value]) => customDefinition(name, asObject(value)))];
  const logins = [...new Set(sources.logins)].flatMap((login) => {
    const definition = all.find(({ name }) => name === upstreamOfLogin(login));
    const resolved = definition && resolve(definition, sources, login);
    return resolved && resolved.auth.type !== 'none' && resolved.login?.isSingle !== true ? [resolved] : [];
  });
  return [...all.map((definition) => resolve(definition, sources)), ...logins];
}

/** Model lists that hosts of a dialect have in common; Messages has none. */
const modelLists: Partial<Readonly<Record<DialectName, ModelList>>> = {
  responses: plainList,
  chat: plainList,
  gemini: geminiList,
};

/** A custom upstream, of which only the dialect and the address are known. */
function customDefinition(name: string, custom: JsonObject): UpstreamDefinition {
  const dialect = isDialectName(custom.dialect) ? custom.dialect : 'chat';
  return {
    name,
    dialect,
    baseUrls: { [dialect]: asString(custom.baseUrl) ?? '' },
    profiles: {},
    costKind: 'unknown',
    auth: { type: 'none', variables: [], isOptional: true, takesApiKeys: true },
    startHint: `Check that it runs, and upstreams.${name}.baseUrl in the settings.`,
    ...(dialect in modelLists ? { modelList: modelLists[dialect] } : {}),
    attributes: { local: false },
  };
}

/** @param login resolves the upstream with this named login, whose credential is always a stored one. */
function resolve(base: UpstreamDefinition, sources: UpstreamSources, login?: string): Upstream {
  const custom = asObject(sources.custom[base.name]);
  const ownSetting = (setting: OwnSetting) => sources.ownSetting(base.name, setting);
  const definition = login === undefined ? base : withLogin(base, login);
  const { name } = definition;
  const dialect = dialectOf(definition, custom, ownSetting('dialect'));
  const baseUrl = baseUrlOf(definition, dialect, asString(custom.baseUrl), ownSetting('baseUrl'));
  const ownAuth = authOf(definition, dialect, custom.auth);
  const auth = login === undefined ? ownAuth : storedAuth(ownAuth);
  const ownKind = costKindIn(custom.cost);
  const isTrusted = !sources.keepsCostKind || ownKind === 'metered' || loopbackUrl.test(baseUrl);
  const costKind = (isTrusted ? ownKind : undefined) ?? definition.costKind;
  const ownHeaders = headersIn(custom.headers);
  const host: Host = {
    name,
    failures: definition.failures ?? {},
    credentialHint: credentialHint(definition, auth),
    modelHint: definition.modelHint,
    forwardedHeaders: definition.forwardedHeaders ?? 'none',
  };
  return {
    ...host,
    dialect,
    baseUrl,
    isUnencrypted: /^http:/i.test(baseUrl) && !loopbackUrl.test(baseUrl) && custom.allowInsecure !== true,
    costKind,
    auth,
    headers: (facts) => ({ ...definition.headers?.(facts), ...ownHeaders }),
    login: loginOf(definition, ownSetting('authUrl')),
    acceptsClientLogin: definition.acceptsClientLogin === true && isLoginAllowed(definition, baseUrl, sources),
    hasClientModels: definition.hasClientModels ?? false,
    quotaEndpoint: definition.quotaEndpoint?.(baseUrl),
    modelList: definition.modelList,
    smallModel: definition.smallModel,
    hasPriorityTier: definition.hasPriorityTier ?? false,
    replacesBareIdsOf: definition.replacesBareIdsOf,
    startHint: definition.startHint,
    windowHint: definition.windowHint,
    probe: definition.probe,
    transport: transportOf(definition, ownSetting('transport')),
    attributes: { ...definition.attributes, local: costKind === 'local' || definition.attributes.local },
    translator: dialects[dialect].translator(host, definition.profiles),
  };
}

/** The base's model list and bare model ids remain its own. */
function withLogin(definition: UpstreamDefinition, login: string): UpstreamDefinition {
  const { credentialHint: _hint, modelList: _list, replacesBareIdsOf: _ids, ...rest } = definition;
  return { ...rest, name: login, acceptsClientLogin: false };
}

/** No variable and no command belongs to a named login. */
const storedAuth = ({ accountVariable: _account, command: _command, ...auth }: UpstreamAuth): UpstreamAuth => ({
  ...auth,
  variables: [],
  isOptional: false,
});

const costKinds: readonly CostKind[] = ['metered', 'plan', 'local', 'unknown'];
const costKindIn = (value: unknown): CostKind | undefined => costKinds.find((kind) => kind === value);

/** Precedence: environment, `upstreams.<name>`, the upstream's own setting in the file, then the registry. */
const selectValue = (custom: string | undefined, own: OwnValue | undefined): string | undefined =>
  own?.from === 'environment' ? own.value : (custom ?? own?.value);

function dialectOf({ dialect }: UpstreamDefinition, custom: JsonObject, own: OwnValue | undefined): DialectName {
  const configuredDialect = selectValue(asString(custom.dialect), own);
  return isDialectName(configuredDialect) ? configuredDialect : dialect;
}

const trimSlashes = (url: string): string => url.replace(/\/+$/, '');

/** Dialects whose paths begin with a version: `/v1/messages`, `/v1beta/models/…`. */
const dialectsWithVersion: readonly DialectName[] = ['messages', 'gemini'];

/** Path that a dialect appends to a host's address. The configured address may include or omit it. */
const dialectPath = /(?:\/v1|\/anthropic)+\/?$/;

function baseUrlOf(
  { baseUrls }: UpstreamDefinition,
  dialect: DialectName,
  custom: string | undefined,
  own: OwnValue | undefined,
): string {
  const configuredUrl = selectValue(custom, own);
  const defaultUrl = baseUrls[dialect];
  if (configuredUrl === undefined) return trimSlashes(defaultUrl ?? '');
  // An upstream with one dialect has one address, which is used unchanged.
  if (Object.keys(baseUrls).length < 2) return trimSlashes(configuredUrl);
  const suffix = dialectPath.exec(defaultUrl ?? '')?.[0];
  // A gateway's version is part of its address where neither ccp's own address nor the dialect's paths have one.
  if (suffix === undefined && !dialectsWithVersion.includes(dialect))
    return trimSlashes(configuredUrl).replace(/\/anthropic\/?$/, '');
  return trimSlashes(configuredUrl).replace(dialectPath, '') + (suffix ?? '');
}

const authTypes: readonly AuthType[] = ['bearer', 'x-api-key', 'x-goog-api-key', 'none'];

function authOf(
  { auth, authTypes: byDialect }: UpstreamDefinition,
  dialect: DialectName,
  custom: unknown,
): UpstreamAuth {
  if (!isObject(custom)) return { ...auth, type: byDialect?.[dialect] ?? auth.type };
  const command = commandIn(custom);
  if (command) return { ...auth, type: 'bearer', variables: [], isOptional: false, command };
  const variable = asString(custom.env);
  const type = authTypes.find((one) => one === custom.type) ?? 'bearer';
  return { ...auth, type, variables: variable === undefined ? [] : [variable], isOptional: type === 'none' };
}

const defaultTtlSeconds = 300;

function commandIn(custom: JsonObject): AuthCommand | undefined {
  if (custom.type !== 'command') return undefined;
  const words = asArray(custom.command).filter((word) => typeof word === 'string');
  return { words, ttlMs: (asNumber(custom.ttlSeconds) ?? defaultTtlSeconds) * 1000 };
}

/** Header names in lower case, so that they replace ccp's of the same name. */
const headersIn = (custom: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(asObject(custom)).map(([name, value]) => [name.toLowerCase(), asString(value) ?? '']),
  );

function credentialHint({ name, credentialHint: ownHint, settings }: UpstreamDefinition, auth: UpstreamAuth): string {
  if (ownHint !== undefined) return ownHint;
  if (auth.type === 'none') return '';
  if (auth.command) return commandHint(name, auth.command);
  const [variable] = auth.variables;
  const command = `Run \`ccp auth login ${name}\``;
  if (variable !== undefined) return `${command}, or set ${variable}.`;
  return settings === undefined ? `${command}, or name its variable in upstreams.${name}.auth.env.` : `${command}.`;
}

const loginOf = ({ login }: UpstreamDefinition, authUrl: OwnValue | undefined): Upstream['login'] =>
  login && { ...login, authUrl: trimSlashes(authUrl?.value ?? login.authUrl) };

const loopbackUrl = /^https?:\/\/(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?(?:\/|$)/i;

/** Claude Code's own login may be sent to the upstream's own address, and to loopback when the user allows it. */
function isLoginAllowed(
  { baseUrls }: UpstreamDefinition,
  baseUrl: string,
  { loginToLoopback }: UpstreamSources,
): boolean {
  const origins = Object.values(baseUrls).map((url) => new URL(url).origin);
  return origins.includes(originOf(baseUrl)) || (loginToLoopback && loopbackUrl.test(baseUrl));
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : '';
}

function transportOf({ transports }: UpstreamDefinition, own: OwnValue | undefined): TransportName {
  const [defaultTransport = 'http'] = transports ?? [];
  return transports?.find((name) => name === own?.value) ?? defaultTransport;
}
