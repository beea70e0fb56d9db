/** Whether a rule's patterns match an upstream, a model and a repository. */
import type { Target } from '../models/find.ts';
import { definitions } from '../upstreams/definitions.ts';
import { baseName } from '../upstreams/login-name.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { PolicyRule } from './policy.ts';

export interface Repository {
  /** `host/owner/name` of its remote, or a hash of its path. */
  readonly name: string;
  readonly root: string;
}

export type PolicyUpstream = Pick<Upstream, 'name' | 'baseUrl' | 'attributes' | 'transport'>;

/**
 * Whether an upstream is the one of a pattern. An upstream is what its address is, not what it is called: a denial
 * matches the name and the address, and an allowance the address alone.
 */
export function isUpstream(pattern: string, upstream: PolicyUpstream, effect: 'allow' | 'deny'): boolean {
  if (pattern.includes('://')) return matchesAddress(pattern, upstream.baseUrl);
  const isNamed = pattern === '*' || baseName(upstream.name) === baseName(pattern);
  const isAddressed = addressesOf(pattern).some((address) => isSameOrigin(address, upstream.baseUrl));
  if (effect === 'deny') return isNamed || isAddressed;
  // A program inside ccp has no address.
  const isInside = isNamed && upstream.transport === 'in-process';
  return pattern === '*' || isAddressed || isInside;
}

/** The addresses of an upstream that ccp knows. */
const addressesOf = (name: string): string[] =>
  definitions
    .filter((definition) => definition.name === baseName(name))
    .flatMap(({ baseUrls }) => Object.values(baseUrls))
    .filter((address) => address !== '');

interface Address {
  readonly origin: string;
  readonly path: string;
}

/** The parts of a URL in which two addresses of one service agree; a host may end with a dot. */
function addressOf(url: string): Address | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(url);
  const host = hostname.toLowerCase().replace(/\.+$/, '');
  return { origin: `${protocol}//${host}${port === '' ? '' : `:${port}`}`, path: pathname.replace(/\/+$/, '') };
}

const isSameOrigin = (a: string, b: string): boolean => {
  const [one, other] = [addressOf(a), addressOf(b)];
  if (one === undefined || other === undefined) return false;
  return one.origin === other.origin || (isLoopbackOrigin(one.origin) && isLoopbackOrigin(other.origin));
};

/** A local preset is whatever answers on this machine; its port is the user's choice. */
const isLoopbackOrigin = (origin: string): boolean =>
  /^https?:\/\/(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?$/.test(origin);

export const isOnThisMachine = ({ baseUrl, transport }: PolicyUpstream): boolean =>
  transport === 'in-process' || isLoopbackOrigin(addressOf(baseUrl)?.origin ?? '');

/** `https://*.example.com/v1`: scheme, host with `*`, port, and the beginning of the path. */
function matchesAddress(pattern: string, url: string): boolean {
  const address = addressOf(url);
  // A label of its own keeps its place while the pattern is parsed.
  const parsed = addressOf(pattern.replaceAll('*', wildcard));
  if (address === undefined || parsed === undefined) return false;
  const origin = hostPattern(parsed.origin.replaceAll(wildcard, '*'));
  const path = parsed.path.replaceAll(wildcard, '*').replace(/\*+$/, '');
  return origin.test(address.origin) && (path === '' || address.path === path || address.path.startsWith(`${path}/`));
}

const wildcard = 'ccp-any-label';

/** `*.` stands for any labels before a domain, another `*` for a part of one label. */
const hostPattern = (origin: string): RegExp =>
  new RegExp(
    `^${[...origin.matchAll(/\*\.|\*|[^*]+/g)].map(([part]) => (part === '*.' ? '(?:[^./:]+\\.)+' : part === '*' ? '[^./:]*' : escaped(part))).join('')}$`,
    'i',
  );

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

/** @param any what `*` stands for, as a regular expression. */
function globPattern(glob: string, any: string): RegExp {
  const source = [...glob.matchAll(/\*+|[^*]+/g)]
    .map(([part]) => (part.startsWith('*') ? any : escaped(part)))
    .join('');
  return new RegExp(`^${source}$`, 'i');
}

/** A model has several names: its id, what is sent, and both with the upstream. The last part of an id counts for denials. */
export function isModel(glob: string, { upstream, model, row }: Target, effect: 'allow' | 'deny'): boolean {
  const ids = [model, ...(row?.sendAs === undefined ? [] : [row.sendAs])];
  const names = ids.flatMap((id) => [
    id,
    `${baseName(upstream)}/${id}`,
    `${upstream}/${id}`,
    ...(effect === 'deny' ? [id.slice(id.lastIndexOf('/') + 1)] : []),
  ]);
  const pattern = globPattern(glob, '.*');
  return names.some((name) => pattern.test(name));
}

/** A remote as `host/owner/name`, or a path: `*` within a part, `**` across parts. Case does not matter. */
export function isInRepository(pattern: string, { name, root }: Repository): boolean {
  const source = [...pattern.replace(/\/$/, '').matchAll(/\*\*|\*|[^*]+/g)]
    .map(([part]) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : escaped(part)))
    .join('');
  const expression = new RegExp(`^${source}$`, 'i');
  return expression.test(name) || expression.test(root);
}

export function hasAttributes(wanted: NonNullable<PolicyRule['attributes']>, upstream: PolicyUpstream): boolean {
  const { region, retention, trainsOnData } = upstream.attributes;
  if (wanted.local !== undefined && wanted.local !== isOnThisMachine(upstream)) return false;
  if (wanted.region && !wanted.region.includes(region ?? 'unknown')) return false;
  if (wanted.retention && !wanted.retention.includes(retention ?? 'unknown')) return false;
  return wanted.trainsOnData === undefined || wanted.trainsOnData === (trainsOnData ?? 'unknown');
}
