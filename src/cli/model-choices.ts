/** Every model one could switch to, with what tells for and against it. */
import { nameOf } from '../models/find.ts';
import { quotaText } from '../models/quota.ts';
import { clockTime } from '../platform/clock.ts';
import type { SessionState } from '../session/state.ts';
import type { ModelChoice } from '../session/ui.ts';
import { own } from '../wire/json.ts';
import { catalogueNow } from './catalogue.ts';
import { type Context, costKindOf, upstreamNames } from './context.ts';
import { credentialProblem } from './credential-problem.ts';
import { allUpstreams } from './upstreams.ts';

/** @param ownLogin the session runs on Claude Code's own login. */
export async function modelChoices(
  context: Context,
  ownLogin: boolean,
  quotas: SessionState['quotas'] = {},
): Promise<ModelChoice[]> {
  const missing = new Map<string, string | undefined>();
  for (const upstream of upstreamNames(context)) missing.set(upstream, await credentialProblem(upstream, context));
  if (ownLogin) missing.delete('anthropic');
  const upstreams = new Map(allUpstreams(context).map((upstream) => [upstream.name, upstream]));
  const choices = catalogueNow(context).flatMap((row): ModelChoice[] => {
    const upstream = upstreams.get(row.upstream);
    const quota = own(quotas, row.upstream);
    if (!upstream) return [];
    return [
      {
        name: nameOf({ upstream: row.upstream, model: row.id, row }),
        upstream: row.upstream,
        model: row.id,
        contextWindow: row.contextWindow,
        costKind: costKindOf(row.upstream, context),
        price: row.price,
        unlisted: row.unlisted ?? false,
        unavailable: missing.get(row.upstream),
        abilities: upstream.abilities(row),
        quota: quota && quota.windows.length > 0 ? quotaText(quota, clockTime) : undefined,
      },
    ];
  });
  // What can be chosen comes first; the catalogue's order within.
  return choices.sort((a, b) => Number(a.unavailable !== undefined) - Number(b.unavailable !== undefined));
}
