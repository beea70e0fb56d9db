/** Facts of a routing decision, and models of a test catalogue. */
import type { ModelRow } from '../../src/models/types.ts';
import type { Candidate } from '../../src/routing/candidate.ts';
import type { DecisionFacts } from '../../src/routing/facts.ts';
import { noHistory } from '../../src/routing/history.ts';
import type { Route, RouteTable } from '../../src/routing/table.ts';
import { sampleAbilities } from './samples.ts';
import { allUpstreams, upstreamNamed } from './upstreams.ts';

export const row = (id: string, contextWindow: number, extra: Partial<ModelRow> = {}): ModelRow => ({
  upstream: 'codex',
  id,
  contextWindow,
  maxOutputTokens: 32_000,
  efforts: [],
  ...extra,
});

/** Models named after birds: a larger bird has a larger window. */
export const birds: readonly ModelRow[] = [
  row('wren-1', 50_000),
  row('heron-1', 200_000),
  row('crane-1', 400_000),
  row('stork-1', 1_000_000),
  row('heron-1', 200_000, { upstream: 'openai', prefixed: true }),
];

export const routeTo = (id: string, upstream = 'codex', effort?: Route['effort']): Route => {
  const known = birds.find((one) => one.id === id && one.upstream === upstream);
  return { target: { upstream, model: id, row: known }, effort };
};

export const tableOf = (routes: Partial<RouteTable['routes']> = {}, slots: RouteTable['slots'] = {}): RouteTable => ({
  routes: { main: routeTo('heron-1'), ...routes },
  slots,
});

export const facts = (extra: Partial<DecisionFacts> = {}): DecisionFacts => ({
  requestClass: 'turn',
  model: 'heron-1',
  requestedBy: 'client',
  effort: undefined,
  table: tableOf(),
  directory: { catalogue: birds, upstreams: allUpstreams() },
  isMainConversation: true,
  history: noHistory,
  clientLogins: new Set(),
  inputTokens: undefined,
  ...extra,
});

export const candidate = (id: string, extra: Partial<Candidate> = {}): Candidate => ({
  ...routeTo(id),
  routeClass: 'main',
  reason: 'for a test',
  upstream: upstreamNamed('codex'),
  credential: 'own',
  costKind: 'plan',
  price: undefined,
  contextWindow: birds.find((one) => one.id === id)?.contextWindow ?? 0,
  abilities: sampleAbilities,
  inputTokens: undefined,
  ...extra,
});
