/** Maps Anthropic's hosted web search to the upstream's: the tool, settings without a field, pages of a call. */
import { asArray, asNumber, asObject, asString, isObject, type JsonObject, objectsOf } from '../../../wire/json.ts';
import type { SearchTool } from '../../../wire/responses.ts';
import type { ResponsesProfile } from './profile.ts';

export interface WebSearch {
  /** The tool name in Claude Code's request. */
  readonly name: string;
  readonly tool: SearchTool;
  readonly maxUses: number | undefined;
  readonly blockedDomains: readonly string[];
}

const stringsOf = (value: unknown): string[] =>
  asArray(value).flatMap((entry) => (typeof entry === 'string' ? [entry] : []));

export function webSearchOf(tool: JsonObject, profile: ResponsesProfile): WebSearch {
  const allowed = stringsOf(tool.allowed_domains);
  return {
    name: asString(tool.name) ?? 'web_search',
    tool: {
      type: 'web_search',
      ...(allowed.length > 0 ? { filters: { allowed_domains: allowed } } : {}),
      ...(isObject(tool.user_location) ? { user_location: locationOf(tool.user_location) } : {}),
      ...(profile.capabilities.webSearch === 'live-flag' ? { external_web_access: true } : {}),
    },
    maxUses: asNumber(tool.max_uses),
    blockedDomains: stringsOf(tool.blocked_domains),
  };
}

function locationOf(location: JsonObject): NonNullable<SearchTool['user_location']> {
  const members = ['city', 'region', 'country', 'timezone'].flatMap((key) => {
    const value = asString(location[key]);
    return value === undefined ? [] : [[key, value]];
  });
  return { type: 'approximate', ...Object.fromEntries(members) };
}

/**
 * Instructions for search settings the upstream has no field for.
 * @param isLimited whether the request already limits the number of calls.
 */
export function searchRules({ maxUses, blockedDomains }: WebSearch, isLimited: boolean): string[] {
  return [
    ...(maxUses === undefined || isLimited ? [] : [`Search the web at most ${maxUses} times.`]),
    ...(blockedDomains.length === 0 ? [] : [`Use no web pages of these domains: ${blockedDomains.join(', ')}.`]),
  ];
}

/** Scheme and user, then the host, the port, and the path with what follows it. */
const addressParts = /^(?:[a-z]+:\/\/)?(?:[^/?#]*@)?([^/?#:]*)(?::\d*)?\/?(.*)$/s;

/** Whether the page's host is a blocked domain or its subdomain. A blocked entry may include a path prefix. */
export function isBlocked(url: string, blockedDomains: readonly string[]): boolean {
  const [, pageHost = '', pagePath = ''] = addressParts.exec(url.toLowerCase()) ?? [];
  return blockedDomains.some((entry) => {
    const [host = '', ...path] = entry.toLowerCase().split('/');
    const sameHost = pageHost === host || pageHost.endsWith(`.${host}`);
    return sameHost && pagePath.startsWith(path.join('/'));
  });
}

export interface Source {
  readonly url: string;
  readonly title: string | undefined;
}

/** The pages of a finished `web_search_call`, without duplicates. */
export function sourcesOf(item: JsonObject): Source[] {
  const seenUrls = new Set<string>();
  return objectsOf(asObject(item.action).sources).flatMap((source) => {
    const url = asString(source.url);
    if (url === undefined || seenUrls.has(url)) return [];
    seenUrls.add(url);
    return [{ url, title: asString(source.title) }];
  });
}

/** The search query; several queries are joined with ` · `. */
export function queryOf(item: JsonObject): string {
  const action = asObject(item.action);
  return asString(action.query) ?? stringsOf(action.queries).join(' · ');
}
