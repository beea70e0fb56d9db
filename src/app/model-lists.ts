/** Updates the catalogue from the upstreams' model lists. */

import { CcpError } from '../errors/ccp-error.ts';
import { systemClock } from '../platform/clock.ts';
import { withLoopback } from '../platform/no-proxy.ts';
import type { Credential } from '../ports/credential.ts';
import type { Transport } from '../ports/transport.ts';
import { readModelLists, storeModelList } from '../storage/model-cache.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import { httpTransport } from '../upstream/http-transport.ts';
import { listModels } from '../upstream/model-lists.ts';
import { type Upstream, unencryptedText } from '../upstreams/upstream.ts';
import type { AppContext } from './context.ts';

export interface Refreshed {
  readonly upstream: string;
  /** Why the list is not current; `undefined` when it is. */
  readonly problem: string | undefined;
}

/** Upstreams that provide a model list. */
export const listedUpstreams = ({ upstreams }: Pick<AppContext, 'upstreams'>): Upstream[] =>
  upstreams.filter(({ modelList }) => modelList !== undefined);

/**
 * Fetches the model lists of the wanted upstreams in parallel and refreshes the catalogue. An upstream without a
 * credential is not requested; its `problem` is set.
 */
export async function refreshModels(
  context: AppContext,
  isWanted: (upstream: Upstream) => boolean,
  timeoutMs: number,
): Promise<Refreshed[]> {
  const transport = httpTransport(withLoopback(context.env.NO_PROXY ?? context.env.no_proxy));
  const refreshed = await Promise.all(
    listedUpstreams(context)
      .filter(isWanted)
      .map((upstream) => refresh(upstream, context, timeoutMs, transport)),
  );
  await transport.close();
  context.refreshCatalogue();
  return refreshed;
}

async function refresh(
  upstream: Upstream,
  context: AppContext,
  timeoutMs: number,
  transport: Transport,
): Promise<Refreshed> {
  const { name, baseUrl, modelList: list } = upstream;
  if (upstream.isUnencrypted) return { upstream: name, problem: unencryptedText(upstream) };
  const credential = await credentialFor(upstream, context);
  if (credential === undefined || list === undefined) return { upstream: name, problem: 'not logged in' };
  const now = new Date(systemClock.now()).toISOString();
  const cachedList = readModelLists(context.paths.stateDir)[name];
  const { accept: _accept, ...headers } = upstreamHeaders(upstream, credential, {
    version: context.version,
    sessionId: undefined,
  });
  const result = await listModels({
    list,
    baseUrl,
    headers,
    etag: cachedList?.etag,
    today: now.slice(0, 10),
    timeoutMs,
    transport,
  });
  if (result.state === 'failed') return { upstream: name, problem: result.reason };
  if (result.state === 'listed') {
    const models = result.models.map((model) => ({ ...model, upstream: name }));
    storeModelList(context.paths.stateDir, name, { at: now, etag: result.etag, models });
  } else if (cachedList) storeModelList(context.paths.stateDir, name, { ...cachedList, at: now });
  return { upstream: name, problem: undefined };
}

async function credentialFor(
  { name, auth, modelList }: Upstream,
  context: AppContext,
): Promise<Credential | undefined> {
  try {
    return await (await context.credentials()).source.get(name);
  } catch (thrown) {
    if (!(thrown instanceof CcpError)) throw thrown;
    // Upstreams that need no credential, or whose list is public, are listed without one.
    return auth.isOptional || modelList?.isPublic
      ? { kind: 'none', token: '', accountId: undefined, origin: 'none' }
      : undefined;
  }
}
