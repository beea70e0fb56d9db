/** The models that a session can switch to, with price, abilities, quota and the reason when one is unavailable. */
import { nameOf } from '../models/find.ts';
import { quotaText } from '../models/quota.ts';
import type { ModelRow } from '../models/types.ts';
import { clockTime } from '../platform/clock.ts';
import { denialError } from '../routing/candidate.ts';
import { decideNamed } from '../routing/launch-routes.ts';
import type { SessionState } from '../session/state.ts';
import type { ModelChoice } from '../session/ui.ts';
import { ownValue } from '../wire/json.ts';
import type { AppContext } from './context.ts';
import { credentialProblem } from './credential-problem.ts';

/** @param onClientLogin whether the session uses Claude Code's own login. */
export async function modelChoices(
  context: AppContext,
  onClientLogin: boolean,
  quotas: SessionState['quotas'] = {},
): Promise<ModelChoice[]> {
  const clientLogins = new Set(
    context.upstreams.filter((upstream) => onClientLogin && upstream.acceptsClientLogin).map(({ name }) => name),
  );
  const problems = new Map<string, string | undefined>();
  for (const upstream of context.upstreams) {
    problems.set(
      upstream.name,
      clientLogins.has(upstream.name) ? undefined : await credentialProblem(upstream, context),
    );
  }
  const choices = context.catalogue.flatMap((row) =>
    choiceOf(row, problems.get(row.upstream), quotas, clientLogins, context),
  );
  // Available models come first. Within each group the catalogue's order is kept.
  return choices.sort((a, b) => Number(a.unavailable !== undefined) - Number(b.unavailable !== undefined));
}

function choiceOf(
  row: ModelRow,
  problem: string | undefined,
  quotas: SessionState['quotas'],
  clientLogins: ReadonlySet<string>,
  { directory, rules }: AppContext,
): ModelChoice[] {
  // A cached model list may contain an upstream that no longer exists.
  if (!directory.upstreams.some(({ name }) => name === row.upstream)) return [];
  const { candidates, denied } = decideNamed(`${row.upstream}/${row.id}`, directory, rules, { clientLogins });
  const [denial] = denied;
  const [candidate] = candidates;
  const quota = ownValue(quotas, row.upstream);
  const upstream = directory.upstreams.find(({ name }) => name === row.upstream);
  const abilities = candidate?.abilities ?? upstream?.translator.abilities(row);
  if (abilities === undefined) return [];
  return [
    {
      name: nameOf({ upstream: row.upstream, model: row.id, row }),
      upstream: row.upstream,
      model: row.id,
      contextWindow: row.contextWindow,
      costKind: candidate?.costKind ?? upstream?.costKind ?? 'unknown',
      price: row.price,
      isScripted: upstream?.transport === 'in-process',
      unlisted: row.unlisted ?? false,
      unavailable: denial ? denialError(denial).message : problem,
      isDenied: denial !== undefined,
      abilities,
      quota: quota && quota.windows.length > 0 ? quotaText(quota, clockTime) : undefined,
    },
  ];
}
