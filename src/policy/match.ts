/** Whether a rule's patterns match an upstream, a model and a repository. */
import type { Target } from '../models/find.ts';
import { definitions } from '../upstreams/definitions.ts';
import { baseName } from '../upstreams/login-name.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { matchesAny, matchesHost, matchesPath } from './glob.ts';
import type { PolicyRule } from './policy.ts';

export interface Repository {
  /** `host/owner/name` of its remote, or a hash of its path. */
  readonly name: string;
  readonly root: string;
  /** Names and roots of its other remotes, and of the repositories around it. */
  readonly aliases?: readonly string[];
}

export type PolicyUpstream = Pick<Upstream, 'name' | 'baseUrl' | 'attributes' | 'transport'>;

/**
 * Whether an upstream is the one of a pattern. An upstream is what its address is, not what it is called: a denial
 * matches the name and every address of the same host, and an allowance the exact address alone.
 */
export function isUpstream(pattern: string, upstream: PolicyUpstream, effect: 'allow' | 'deny'): boolean {
  if (pattern === '*') return true;
  if (pattern.includes('://'))
    return effect === 'deny' ? isAtHost(pattern, upstream.baseUrl) : isAtAddress(pattern, upstream.baseUrl);
  const isNamed = baseName(upstream.name) === baseName(pattern);
  const addresses = addressesOf(pattern);
  if (effect === 'deny') return isNamed || addresses.some((address) => isAtHost(address, upstream.baseUrl));
  // A program inside ccp has no address.
  const isInside = isNamed && upstream.transport === 'in-process';
  return isInside || addresses.some((address) => isSameOrigin(address, upstream.baseUrl));
}

/** The addresses of an upstream that ccp knows. */
const addressesOf = (name: string): string[] =>
  definitions
    .filter((definition) => definition.name === baseName(name))
    .flatMap(({ baseUrls }) => Object.values(baseUrls))
    .filter((address) => address !== '');

interface Address {
  readonly origin: string;
  readonly host: string;
  readonly path: string;
}

/** The parts of a URL in which two addresses of one service agree; a host may end with a dot. */
function addressOf(url: string): Address | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(url);
  const host = hostname.toLowerCase().replace(/\.+$/, '');
  return { origin: `${protocol}//${host}${port === '' ? '' : `:${port}`}`, host, path: pathname.replace(/\/+$/, '') };
}

function isSameOrigin(a: string, b: string): boolean {
  const [one, other] = [addressOf(a), addressOf(b)];
  if (one === undefined || other === undefined) return false;
  // A local preset is whatever answers on this machine; its port is the user's choice.
  return one.origin === other.origin || (isLoopbackHost(one.host) && isLoopbackHost(other.host));
}

/** Every form of an address that reaches this machine. */
const isLoopbackHost = (host: string): boolean =>
  /^(?:127(?:\.\d{1,3}){3}|0\.0\.0\.0|(?:.+\.)?localhost|\[::1?\]|\[::ffff:(?:7f[0-9a-f]{2}:[0-9a-f]{1,4}|0:0)\])$/.test(
    host,
  );

export const isOnThisMachine = ({ baseUrl, transport }: PolicyUpstream): boolean =>
  transport === 'in-process' || isLoopbackHost(addressOf(baseUrl)?.host ?? '');

/** A label of its own keeps the place of `*` while a pattern is parsed. */
const wildcard = 'ccp-any-label';
const parsedPattern = (pattern: string): Address | undefined => {
  const parsed = addressOf(pattern.replaceAll('*', wildcard));
  const stars = (text: string): string => text.replaceAll(wildcard, '*');
  return (
    parsed && { origin: stars(parsed.origin), host: stars(parsed.host), path: stars(parsed.path).replace(/\*+$/, '') }
  );
};

/** For allowances: scheme, host, port and the beginning of the path, in plain form. */
function isAtAddress(pattern: string, url: string): boolean {
  const [wanted, address] = [parsedPattern(pattern), addressOf(url)];
  if (wanted === undefined || address === undefined || !matchesHost(wanted.origin, address.origin)) return false;
  if (wanted.path === '') return true;
  // Another spelling of a path may be another service.
  if (/[%;\\]|\/\//.test(address.path)) return false;
  return address.path === wanted.path || address.path.startsWith(`${wanted.path}/`);
}

/** For denials: the host, or a part of its domain, with any scheme and port; a path only where it is surely another one. */
function isAtHost(pattern: string, url: string): boolean {
  const [wanted, address] = [parsedPattern(pattern), addressOf(url)];
  if (wanted === undefined || address === undefined) return false;
  const isHost =
    matchesHost(wanted.host, address.host) ||
    matchesHost(`*.${wanted.host}`, address.host) ||
    (isLoopbackHost(wanted.host) && isLoopbackHost(address.host));
  if (!isHost || wanted.path === '') return isHost;
  if (/[%;\\]|\/\//.test(address.path)) return true;
  const [path, prefix] = [address.path.toLowerCase(), wanted.path.toLowerCase()];
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** A variant (`:free`) or a date at the end of an id: the same model for a denial. */
const variant = /(?::[\w.-]+|-\d{4}-\d{2}-\d{2}|-\d{8})$/;

/** A model has several names: its id, what is sent, and both with the upstream. For denials also its family. */
export function isModel(glob: string, { upstream, model, row }: Target, effect: 'allow' | 'deny'): boolean {
  const ids = [model, ...(row?.sendAs === undefined ? [] : [row.sendAs])];
  const isNamed = (id: string): boolean =>
    [id, `${baseName(upstream)}/${id}`, `${upstream}/${id}`].some((name) => matchesAny(glob, name));
  // What is sent must be allowed too.
  if (effect === 'allow') return ids.every(isNamed);
  return ids.some((id) => {
    const last = id.slice(id.lastIndexOf('/') + 1);
    return [id, last, id.replace(variant, ''), last.replace(variant, '')].some(isNamed);
  });
}

/** An id that a host may read as another one, such as with a blank or an escape, cannot be judged by its name. */
export const isPlainId = (model: string): boolean => /^[\w./:@+-]{1,200}$/.test(model);

/** A remote as `host/owner/name`, or a path: `*` within a part, `**` across parts. Case does not matter. */
export function isInRepository(pattern: string, repository: Repository, effect: 'allow' | 'deny' = 'deny'): boolean {
  const { name, root, aliases = [] } = repository;
  const glob = pattern.replace(/\/$/, '');
  // What a user could add to a repository must not allow anything.
  return [name, root, ...(effect === 'deny' ? aliases : [])].some((text) => matchesPath(glob, text));
}

export function hasAttributes(wanted: NonNullable<PolicyRule['attributes']>, upstream: PolicyUpstream): boolean {
  const { region, retention, trainsOnData } = upstream.attributes;
  if (wanted.local !== undefined && wanted.local !== isOnThisMachine(upstream)) return false;
  if (wanted.region && !wanted.region.includes(region ?? 'unknown')) return false;
  if (wanted.retention && !wanted.retention.includes(retention ?? 'unknown')) return false;
  return wanted.trainsOnData === undefined || wanted.trainsOnData === (trainsOnData ?? 'unknown');
}
