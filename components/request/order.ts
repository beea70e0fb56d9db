/** Which requests are listed, and in which order. */
import type { RequestView } from '../../src/session/state.ts';
import { inputTotal } from '../meter/request-line.ts';

export const orders = ['newest', 'slowest', 'most expensive', 'largest', 'least cached'] as const;
export type Order = (typeof orders)[number];

const durationOf = ({ health }: RequestView): number => health?.durationMs ?? Number.MAX_SAFE_INTEGER;

/** The cached share of the prompt, from 0 to 1; `undefined` without a count. */
export function cachedShare({ tokens }: RequestView): number | undefined {
  const total = tokens === undefined ? 0 : inputTotal(tokens);
  return tokens === undefined || total === 0 ? undefined : tokens.cacheReadTokens / total;
}

const keys: Readonly<Record<Order, ((request: RequestView) => number) | undefined>> = {
  newest: undefined,
  slowest: (request) => -durationOf(request),
  'most expensive': ({ costMicroUsd }) => -(costMicroUsd ?? -1),
  largest: ({ tokens }) => -(tokens === undefined ? -1 : inputTotal(tokens)),
  'least cached': (request) => cachedShare(request) ?? 2,
};

/** Words that a filter finds a request by. */
const wordsOf = (request: RequestView): string =>
  [
    request.id,
    request.requestClass,
    request.requestedModel,
    request.route === undefined ? '' : `${request.route.upstream}/${request.route.model}`,
    request.verdict ?? (request.held === undefined ? 'running' : 'held'),
    request.costKind ?? '',
    request.cacheMiss === undefined ? '' : 'miss',
    request.isElsewhere ? 'elsewhere' : '',
  ]
    .join(' ')
    .toLowerCase();

/** @param requests the newest first. @param filter words, each of which must occur. */
export function listed(requests: readonly RequestView[], order: Order, filter: string): readonly RequestView[] {
  const wanted = filter.toLowerCase().split(' ').filter(Boolean);
  const found = requests.filter((request) => {
    const words = wordsOf(request);
    return wanted.every((word) => words.includes(word));
  });
  const key = keys[order];
  return key === undefined ? found : found.toSorted((one, other) => key(one) - key(other));
}
