/** Brings the catalogue up to date with what upstreams list themselves. */

import { CcpError } from '../errors/ccp-error.ts';
import { systemClock } from '../platform/clock.ts';
import { withLoopback } from '../platform/no-proxy.ts';
import type { Credential } from '../ports/credential.ts';
import type { Transport } from '../ports/transport.ts';
import { readModelLists, storeModelList } from '../storage/model-cache.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import { httpTransport } from '../upstream/http-transport.ts';
import { listModels } from '../upstream/model-lists.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { AppContext } from './context.ts';

export interface Refreshed {
  readonly upstream: string;
  /** Why there is no list; `undefined` when there is. */
  readonly problem: string | undefined;
}

/** Every upstream that lists its models. */
export const listedUpstreams = ({ upstreams }: Pick<AppContext, 'upstreams'>): Upstream[] =>
  upstreams.filter(({ modelList }) => modelList !== undefined);

/** Asks the upstreams for which there is a credential, all at once, and refreshes the catalogue. */
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
  const credential = await credentialFor(upstream, context);
  if (credential === undefined || list === undefined) return { upstream: name, problem: 'not logged in' };
  const now = new Date(systemClock.now()).toISOString();
  const known = readModelLists(context.paths.stateDir)[name];
  const { accept: _accept, ...headers } = upstreamHeaders(upstream, credential, {
    version: context.version,
    sessionId: undefined,
  });
  const answer = await listModels({
    list,
    baseUrl,
    headers,
    etag: known?.etag,
    today: now.slice(0, 10),
    timeoutMs,
    transport,
  });
  if (answer.state === 'failed') return { upstream: name, problem: answer.reason };
  if (answer.state === 'listed') {
    const models = answer.models.map((model) => ({ ...model, upstream: name }));
    storeModelList(context.paths.stateDir, name, { at: now, etag: answer.etag, models });
  } else if (known) storeModelList(context.paths.stateDir, name, { ...known, at: now });
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
    // What is asked without a credential has a list without one.
    return auth.isOptional || modelList?.isPublic
      ? { kind: 'none', token: '', accountId: undefined, origin: 'none' }
      : undefined;
  }
}
