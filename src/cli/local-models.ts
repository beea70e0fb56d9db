/** Before a launch on a local server: it must listen, and its model's real window is asked for. */
import { UserError } from '../errors/user-error.ts';
import { nameOf, type Target } from '../models/find.ts';
import { compact } from '../session/receipt.ts';
import { catalogueNow } from './catalogue.ts';
import type { Context } from './context.ts';

const patienceMs = 2_000;
/** Claude Code's own prompt takes most of a smaller one. */
const tightWindow = 64_000;
/** Nobody is there at all. */
const absent = /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH/;

/**
 * @returns the context with what the server listed.
 * @throws UserError saying what to start when nobody listens.
 */
export async function probeLocal({ upstream }: Target, context: Context): Promise<Context> {
  const entry = context.upstreams.find(({ name }) => name === upstream);
  if (entry?.costKind !== 'local') return context;
  const { refreshModels } = await import('./model-lists.ts');
  const [answer] = await refreshModels(context, ({ name }) => name === upstream, patienceMs);
  if (answer?.problem !== undefined && absent.test(answer.problem))
    throw new UserError(`Nobody answers at ${entry.baseUrl} (${answer.problem}). ${entry.startHint ?? ''}`.trim());
  return { ...context, catalogue: catalogueNow(context) };
}

/** What is worth saying of a target's window before the first request. */
export function windowNotice(target: Target): string | undefined {
  const { row } = target;
  const window = row?.contextWindow;
  if (row?.windowAssumed && target.upstream === 'ollama')
    return `Ollama does not say which window ${nameOf(target)} will have; ${compact(row.contextWindow)} tokens are assumed. Set OLLAMA_CONTEXT_LENGTH or num_ctx: it cuts longer prompts in silence.`;
  if (window !== undefined && window < tightWindow)
    return `${nameOf(target)} has a window of ${compact(window)} tokens; Claude Code needs 64k and more to work well.`;
  return undefined;
}
