/** The class of a request, recognised by its contents, and the route class that serves it. */
import type { MessagesRequest } from '../wire/anthropic.ts';
import { asArray, asObject, asString, isObject } from '../wire/json.ts';

export type RequestClass =
  | 'turn'
  | 'subagent'
  | 'title'
  | 'compaction'
  | 'websearch'
  | 'webfetch'
  | 'classifier'
  /** Small requests beside the conversation: prompt hooks, the check of a goal, insights. */
  | 'auxiliary'
  /** Steps of a workflow, and answers beside the conversation. */
  | 'workflow'
  | 'side_reply'
  | 'probe'
  | 'count';

/** What a route can be set for: the tiers of Claude Code's own models, and the kinds of requests. */
export const routeClasses = [
  'main',
  'fast',
  'haiku',
  'opus',
  'sonnet',
  'fable',
  'subagent',
  'compaction',
  'websearch',
  'webfetch',
  'title',
  'classifier',
] as const;

export type RouteClass = (typeof routeClasses)[number];

export const isRouteClass = (value: unknown): value is RouteClass => routeClasses.some((entry) => entry === value);

/** The route class of each request class. */
export const routeClassOf: Readonly<Record<RequestClass, RouteClass>> = {
  turn: 'main',
  subagent: 'subagent',
  title: 'title',
  compaction: 'compaction',
  websearch: 'websearch',
  webfetch: 'webfetch',
  classifier: 'classifier',
  auxiliary: 'fast',
  workflow: 'main',
  side_reply: 'main',
  probe: 'main',
  count: 'main',
};

/** The request class whose rules apply to a route class. */
export const requestClassOf = (routeClass: RouteClass): RequestClass =>
  routeClass === 'subagent' ||
  routeClass === 'compaction' ||
  routeClass === 'title' ||
  routeClass === 'websearch' ||
  routeClass === 'webfetch' ||
  routeClass === 'classifier'
    ? routeClass
    : 'turn';

export const requestClasses: readonly string[] = Object.keys(routeClassOf);

/** The class whose route is used when this class has none. */
export const parentClass = (routeClass: RouteClass): RouteClass =>
  routeClass === 'title' || routeClass === 'webfetch' || routeClass === 'haiku' ? 'fast' : 'main';

const compactionText = 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.';

/** @param headers lower-case request headers of Claude Code. */
export function classify(request: MessagesRequest, headers: Readonly<Record<string, unknown>>): RequestClass {
  const hint = asString(headers['x-claude-code-request-class']);
  const lastText = lastUserText(request);
  if (hint === 'compaction' || lastText.includes(compactionText)) return 'compaction';
  if (request.tools.some((tool) => asString(tool.type)?.startsWith('web_search_'))) return 'websearch';
  if (isObject(asObject(request.raw.output_config).format) && request.tools.length === 0) return 'title';
  const stops = asArray(request.raw.stop_sequences);
  // The second stage of the check has no stop sequence.
  if (stops.includes('</severity>') || stops.includes('</block>') || isSecurityCheck(request)) return 'classifier';
  if (request.maxTokens === 1 && request.tools.length === 0 && !request.stream) return 'probe';
  if (lastText.startsWith('\nWeb page content:')) return 'webfetch';
  if (hint === 'auxiliary' || hint === 'workflow' || hint === 'side_reply') return hint;
  if (hint === 'subagent' || headers['x-claude-code-agent-id'] !== undefined) return 'subagent';
  return 'turn';
}

/** Begins the system prompt of the check of auto mode. */
const securityCheckText = 'You are a security monitor';

const isSecurityCheck = ({ system }: MessagesRequest): boolean =>
  typeof system === 'string'
    ? system.startsWith(securityCheckText)
    : (system ?? []).some(({ text }) => asString(text)?.startsWith(securityCheckText) === true);

function lastUserText(request: MessagesRequest): string {
  const last = request.messages.findLast((message) => message.role === 'user');
  if (last === undefined) return '';
  if (typeof last.content === 'string') return last.content;
  return last.content.map((block) => (block.type === 'text' ? (asString(block.text) ?? '') : '')).join('\n');
}
