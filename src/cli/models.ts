/** `ccp models`: lists the models that requests can be routed to. */

import type { AppContext } from '../app/context.ts';
import { credentialProblem } from '../app/credential-problem.ts';
import { listedUpstreams, type Refreshed, refreshModels } from '../app/model-lists.ts';
import { upstreamIn } from '../app/upstreams.ts';
import { UserError } from '../errors/user-error.ts';
import type { Abilities } from '../models/abilities.ts';
import { nameOf } from '../models/find.ts';
import { isStale } from '../models/price-age.ts';
import type { ModelRow } from '../models/types.ts';
import { decideNamed } from '../routing/launch-routes.ts';
import { compact } from '../session/format.ts';
import { readModelLists } from '../storage/model-cache.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { type FitColumn, fitTable } from './fit-table.ts';

const timeoutMs = 4_000;

export interface ModelsFlags {
  readonly upstream: string | undefined;
  readonly json: boolean;
}

interface ModelEntry {
  readonly name: string;
  readonly upstream: string;
  readonly id: string;
  readonly contextWindow: number;
  readonly windowAssumed: boolean;
  /** 0 when unknown. */
  readonly maxOutputTokens: number;
  readonly efforts: readonly string[];
  readonly vision: boolean | null;
  readonly price: ModelRow['price'] | null;
  /** Whether the price was recorded long ago; see `isStale`. */
  readonly priceStale: boolean;
  readonly costKind: string;
  readonly unlisted: boolean;
  readonly abilities: Abilities;
  /** Why it cannot be used now; `null` when it can. */
  readonly unavailable: string | null;
}

export async function models({ upstream, json }: ModelsFlags, context: AppContext): Promise<number> {
  const names = context.upstreams.map(({ name }) => name);
  if (upstream !== undefined && !names.includes(upstream))
    throw new UserError(`--upstream: there is no upstream "${upstream}". Known: ${names.join(', ')}.`, 2);
  const refreshed = await refreshModels(context, ({ name }) => upstream === undefined || name === upstream, timeoutMs);
  const problems = new Map<string, string | undefined>();
  for (const one of context.upstreams) problems.set(one.name, await problemOf(one, refreshed, context));
  const entries = context.catalogue
    .filter((row) => names.includes(row.upstream) && (upstream === undefined || row.upstream === upstream))
    .map((row) => entryOf(row, deniedText(row, context) ?? problems.get(row.upstream), context));
  if (json) {
    const lists = readModelLists(context.paths.stateDir);
    const upstreams = listedUpstreams(context).map(({ name }) => ({
      name,
      listedAt: lists[name]?.at ?? null,
      problem: refreshed.find((one) => one.upstream === name)?.problem ?? null,
    }));
    process.stdout.write(`${JSON.stringify({ models: entries, upstreams }, null, 2)}\n`);
    return 0;
  }
  process.stdout.write(`${fitTable(columns, entries)}\n`);
  const failed = refreshed.filter(({ problem }) => problem !== undefined);
  const failureTexts = failed.map(({ upstream: name, problem }) => `${name} (${problem})`);
  if (failureTexts.length > 0) process.stdout.write(`\nNo list from: ${failureTexts.join(', ')}.\n`);
  const hint = failed.length > 0 && context.upstreams.find((entry) => entry.name === upstream)?.startHint;
  if (hint) process.stdout.write(`${hint}\n`);
  process.stdout.write('Any UPSTREAM/MODEL that is well formed is tried, listed or not.\n');
  return 0;
}

/** The rule that denies a model; the reason is that of `ccp policy explain`. */
function deniedText({ upstream, id }: ModelRow, { directory, rules }: AppContext): string | undefined {
  const [denial] = decideNamed(`${upstream}/${id}`, directory, rules).denied;
  return denial && `denied (${denial.rule}${denial.file === undefined ? '' : ` of ${denial.file}`})`;
}

/** Returns why the upstream cannot be used: no login, or a local server that is not listening. */
async function problemOf(
  upstream: Upstream,
  refreshed: readonly Refreshed[],
  context: AppContext,
): Promise<string | undefined> {
  const credential = await credentialProblem(upstream, context);
  if (credential !== undefined) return 'not logged in';
  const result = refreshed.find((one) => one.upstream === upstream.name);
  return upstream.attributes.local ? result?.problem : undefined;
}

function entryOf(row: ModelRow, problem: string | undefined, context: AppContext): ModelEntry {
  const upstream = upstreamIn(context.upstreams, row.upstream);
  return {
    name: nameOf({ upstream: row.upstream, model: row.id, row }),
    upstream: row.upstream,
    id: row.id,
    contextWindow: row.contextWindow,
    windowAssumed: row.windowAssumed ?? false,
    maxOutputTokens: row.maxOutputTokens,
    efforts: row.efforts,
    vision: row.vision ?? null,
    price: row.price ?? null,
    priceStale: row.price !== undefined && isStale(row.price, Date.now()),
    costKind: upstream.costKind,
    unlisted: row.unlisted ?? false,
    abilities: upstream.translator.abilities(row),
    unavailable: problem ?? null,
  };
}

const columns: readonly FitColumn<ModelEntry>[] = [
  { head: 'model', cell: ({ name }) => name, rank: 0 },
  { head: 'upstream', cell: ({ upstream }) => upstream, rank: 4 },
  {
    head: 'window',
    cell: ({ windowAssumed, contextWindow }) => `${windowAssumed ? '≈' : ''}${compact(contextWindow)}`,
    isNumber: true,
    rank: 2,
  },
  { head: 'efforts', cell: ({ efforts }) => effortsText(efforts), rank: 5 },
  { head: '$/M in · cached · out', cell: (entry) => priceText(entry), rank: 3 },
  { head: 'paid by', cell: ({ costKind }) => costKind, rank: 1 },
  {
    head: '',
    cell: ({ unavailable, unlisted, priceStale, price }) =>
      [unavailable ?? '', unlisted ? 'no longer listed' : '', priceStale ? `price of ${price?.date}` : '']
        .filter(Boolean)
        .join(', '),
    rank: 0,
  },
];

const effortsText = (efforts: readonly string[]): string =>
  efforts.length === 0 ? '–' : efforts.length === 1 ? (efforts[0] ?? '') : `${efforts[0]}…${efforts.at(-1)}`;

const priceText = ({ price, costKind }: ModelEntry): string => {
  if (!price) return costKind === 'local' ? 'free' : '–';
  return [price.input, price.cacheRead, price.output].join(' · ');
};
