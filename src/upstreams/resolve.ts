/** Every upstream of one user: the registry's definitions as the settings change them, and upstreams of the user's own. */
import type { CostKind } from '../models/types.ts';
import type { Host } from '../translate/dialect.ts';
import { type DialectName, dialects, isDialectName } from '../translate/dialects.ts';
import { asObject, asString, isObject, type JsonObject } from '../wire/json.ts';
import type { AuthType, OwnSetting, TransportName, UpstreamAuth, UpstreamDefinition } from './definition.ts';
import { definitions } from './definitions.ts';
import { plainList } from './model-lists.ts';
import type { Upstream } from './upstream.ts';

export interface UpstreamSources {
  /** The setting `upstreams`, by name; valid by its schema. */
  readonly custom: JsonObject;
  /** A setting of the upstream's own, or its `CCP_…` variable. */
  readonly ownSetting: (name: string, setting: OwnSetting) => OwnValue | undefined;
  /** The user lets Claude Code's own login go to a loopback address instead of Anthropic's. */
  readonly loginToLoopback: boolean;
}

export interface OwnValue {
  readonly value: string;
  readonly from: 'environment' | 'file';
}

export function resolveUpstreams(sources: UpstreamSources): Upstream[] {
  const known = definitions.map(({ name }) => name);
  const own = Object.entries(sources.custom).filter(([name]) => !known.includes(name));
  return [
    ...definitions.map((definition) => resolve(definition, asObject(sources.custom[definition.name]), sources)),
    ...own.map(([name, value]) => resolve(customDefinition(name, asObject(value)), asObject(value), sources)),
  ];
}

/** An upstream of the user's own: nothing is known of it but its dialect and address. */
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
    // Hosts that speak Messages have no common list.
    ...(dialect === 'messages' ? {} : { modelList: plainList }),
    attributes: { local: false },
  };
}

function resolve(definition: UpstreamDefinition, custom: JsonObject, sources: UpstreamSources): Upstream {
  const { name } = definition;
  const own = (setting: OwnSetting) => sources.ownSetting(name, setting);
  const dialect = dialectOf(definition, custom, own('dialect'));
  const baseUrl = baseUrlOf(definition, dialect, asString(custom.baseUrl), own('baseUrl'));
  const auth = authOf(definition, dialect, custom.auth);
  const costKind = costKindIn(custom.cost) ?? definition.costKind;
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
    costKind,
    auth,
    headers: definition.headers ?? (() => ({})),
    login: loginOf(definition, own('authUrl')),
    acceptsClientLogin: definition.acceptsClientLogin === true && mayHaveLogin(definition, baseUrl, sources),
    hasClientModels: definition.hasClientModels ?? false,
    quotaEndpoint: definition.quotaEndpoint?.(baseUrl),
    modelList: definition.modelList,
    smallModel: definition.smallModel,
    hasPriorityTier: definition.hasPriorityTier ?? false,
    replacesBareIdsOf: definition.replacesBareIdsOf,
    startHint: definition.startHint,
    windowHint: definition.windowHint,
    probe: definition.probe,
    transport: transportOf(definition, own('transport')),
    attributes: { ...definition.attributes, local: costKind === 'local' || definition.attributes.local },
    translator: dialects[dialect].translator(host, definition.profiles),
  };
}

const costKinds: readonly CostKind[] = ['metered', 'plan', 'local', 'unknown'];
const costKindIn = (value: unknown): CostKind | undefined => costKinds.find((kind) => kind === value);

/** Environment above `upstreams.<name>`, above the upstream's own setting in the file, above the registry. */
const chosen = (custom: string | undefined, own: OwnValue | undefined): string | undefined =>
  own?.from === 'environment' ? own.value : (custom ?? own?.value);

function dialectOf({ dialect }: UpstreamDefinition, custom: JsonObject, own: OwnValue | undefined): DialectName {
  const wanted = chosen(asString(custom.dialect), own);
  return isDialectName(wanted) ? wanted : dialect;
}

const trimmed = (url: string): string => url.replace(/\/+$/, '');

/** What dialects add to the address of a host; a user may give the address with or without. */
const dialectPaths = /(?:\/v1|\/anthropic)+\/?$/;

function baseUrlOf(
  { baseUrls }: UpstreamDefinition,
  dialect: DialectName,
  custom: string | undefined,
  own: OwnValue | undefined,
): string {
  const given = chosen(custom, own);
  const known = baseUrls[dialect];
  if (given === undefined) return trimmed(known ?? '');
  // An upstream with one dialect has one address: it is taken as it stands.
  if (Object.keys(baseUrls).length < 2) return trimmed(given);
  return trimmed(given).replace(dialectPaths, '') + (dialectPaths.exec(known ?? '')?.[0] ?? '');
}

const authTypes: readonly AuthType[] = ['bearer', 'x-api-key', 'x-goog-api-key', 'none'];

function authOf(
  { auth, authTypes: byDialect }: UpstreamDefinition,
  dialect: DialectName,
  custom: unknown,
): UpstreamAuth {
  if (!isObject(custom)) return { ...auth, type: byDialect?.[dialect] ?? auth.type };
  const variable = asString(custom.env);
  const type = authTypes.find((one) => one === custom.type) ?? 'bearer';
  return { ...auth, type, variables: variable === undefined ? [] : [variable], isOptional: type === 'none' };
}

function credentialHint({ name, credentialHint: own, settings }: UpstreamDefinition, auth: UpstreamAuth): string {
  if (own !== undefined) return own;
  if (auth.type === 'none') return '';
  const [variable] = auth.variables;
  const command = `Run \`ccp auth login ${name}\``;
  if (variable !== undefined) return `${command}, or set ${variable}.`;
  return settings === undefined ? `${command}, or name its variable in upstreams.${name}.auth.env.` : `${command}.`;
}

const loginOf = ({ login }: UpstreamDefinition, authUrl: OwnValue | undefined): Upstream['login'] =>
  login && { ...login, authUrl: trimmed(authUrl?.value ?? login.authUrl) };

const loopback = /^https?:\/\/(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?(?:\/|$)/i;

/** Claude Code's own login goes to the upstream's own address, or, where the user allows it, to this machine. */
function mayHaveLogin(
  { baseUrls }: UpstreamDefinition,
  baseUrl: string,
  { loginToLoopback }: UpstreamSources,
): boolean {
  const origins = Object.values(baseUrls).map((url) => new URL(url).origin);
  return origins.includes(originOf(baseUrl)) || (loginToLoopback && loopback.test(baseUrl));
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : '';
}

function transportOf({ transports }: UpstreamDefinition, own: OwnValue | undefined): TransportName {
  const [first = 'http'] = transports ?? [];
  return transports?.find((name) => name === own?.value) ?? first;
}
