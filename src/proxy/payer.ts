/** Who pays for a request, known before it is sent. */
import type { IncomingHttpHeaders } from 'node:http';
import type { CostKind } from '../models/types.ts';
import { credentialFor } from './attempts.ts';
import type { ProxyDeps, ReachableUpstream } from './deps.ts';
import { ownLogin } from './guard.ts';

/** Claude Code's own login is a plan; a key of ours stands above it. */
export async function payerOf(
  reachable: ReachableUpstream,
  headers: IncomingHttpHeaders,
  deps: ProxyDeps,
): Promise<CostKind> {
  const { upstream } = reachable;
  const own = ownLogin(headers, deps.secret);
  if (!upstream.clientLogin || own === undefined) return upstream.costKind;
  const { kind } = await credentialFor(reachable, deps, own);
  return kind === 'client' ? 'plan' : upstream.costKind;
}
