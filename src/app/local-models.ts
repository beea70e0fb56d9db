/** Before a launch on a local server: it must listen, and its model's real window is asked for. */
import { UserError } from '../errors/user-error.ts';
import { nameOf, type Target } from '../models/find.ts';
import { compact } from '../session/format.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { AppContext } from './context.ts';

const timeoutMs = 2_000;
/** Claude Code's own prompt takes most of a smaller one. */
const tightWindow = 64_000;
/** Nobody listens at all. */
const absent = /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH/;

const upstreamOf = ({ upstream }: Target, { upstreams }: Pick<AppContext, 'upstreams'>): Upstream | undefined =>
  upstreams.find(({ name }) => name === upstream);

/** Refreshes the catalogue with what the server lists. @throws UserError saying what to start when nobody listens. */
export async function probeLocal(target: Target, context: AppContext): Promise<void> {
  const upstream = upstreamOf(target, context);
  if (upstream?.probe === undefined) return;
  const { refreshModels } = await import('./model-lists.ts');
  const [answer] = await refreshModels(context, ({ name }) => name === upstream.name, timeoutMs);
  if (answer?.problem !== undefined && absent.test(answer.problem))
    throw new UserError(
      `Nothing answers at ${upstream.baseUrl} (${answer.problem}). ${upstream.startHint ?? ''}`.trim(),
    );
}

/** What is worth saying of a target's window before the first request. */
export function windowNotice(target: Target, context: Pick<AppContext, 'upstreams'>): string | undefined {
  const { row } = target;
  const window = row?.contextWindow;
  const hint = upstreamOf(target, context)?.windowHint;
  if (row?.windowAssumed && hint !== undefined)
    return `The window of ${nameOf(target)} is not known; ${compact(row.contextWindow)} tokens are assumed. ${hint}`;
  if (window !== undefined && window < tightWindow)
    return `${nameOf(target)} has a window of ${compact(window)} tokens; Claude Code needs 64k and more to work well.`;
  return undefined;
}
