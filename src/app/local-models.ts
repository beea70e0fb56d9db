/** Checks before a launch that a local server is listening, and fetches the actual context window of its model. */
import { UserError } from '../errors/user-error.ts';
import { nameOf, type Target } from '../models/find.ts';
import { compact } from '../session/format.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { AppContext } from './context.ts';

const timeoutMs = 2_000;
/** Claude Code's own prompt fills most of a smaller window. */
const minUsefulWindow = 64_000;
/** Failures that mean no server is listening. */
const unreachablePattern = /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH/;

const upstreamOf = ({ upstream }: Target, { upstreams }: Pick<AppContext, 'upstreams'>): Upstream | undefined =>
  upstreams.find(({ name }) => name === upstream);

/**
 * Refreshes the catalogue with the server's model list. @throws UserError with a start hint when no server is
 * listening.
 */
export async function probeLocal(target: Target, context: AppContext): Promise<void> {
  const upstream = upstreamOf(target, context);
  if (upstream?.probe === undefined) return;
  const { refreshModels } = await import('./model-lists.ts');
  const [result] = await refreshModels(context, ({ name }) => name === upstream.name, timeoutMs);
  if (result?.problem !== undefined && unreachablePattern.test(result.problem))
    throw new UserError(
      `Nothing answers at ${upstream.baseUrl} (${result.problem}). ${upstream.startHint ?? ''}`.trim(),
    );
}

/** Returns a notice when the target's context window is assumed or small; `undefined` otherwise. */
export function windowNotice(target: Target, context: Pick<AppContext, 'upstreams'>): string | undefined {
  const { row } = target;
  const window = row?.contextWindow;
  const hint = upstreamOf(target, context)?.windowHint;
  if (row?.windowAssumed && hint !== undefined)
    return `The window of ${nameOf(target)} is not known; ${compact(row.contextWindow)} tokens are assumed. ${hint}`;
  if (window !== undefined && window < minUsefulWindow)
    return `${nameOf(target)} has a window of ${compact(window)} tokens; Claude Code needs 64k and more to work well.`;
  return undefined;
}
