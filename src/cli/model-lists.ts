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
import { type Context, isOpen } from './context.ts';

export interface Source {
  readonly name: string;
  readonly baseUrl: string;
  readonly kind: string;
  readonly auth: 'bearer' | 'x-api-key';
  readonly style: 'codex' | 'plain';
}

export interface Refreshed {
  readonly upstream: string;
  /** Why there is no list; `undefined` when there is. */
  readonly problem: string | undefined;
}

const trimmed = (url: string | undefined): string => (url ?? '').replace(/\/+$/, '');

/** Every upstream that tells what it has. */
export const sourcesOf = (context: Context): Source[] => [
  {
    name: 'codex',
    baseUrl: trimmed(context.settings.text('codexBaseUrl')),
    kind: 'codex',
    auth: 'bearer',
    style: 'codex',
  },
  {
    name: 'openai',
    baseUrl: trimmed(context.settings.text('openaiBaseUrl')),
    kind: 'openai',
    auth: 'bearer',
    style: 'plain',
  },
  ...context.upstreams.flatMap(({ name, baseUrl, list }): Source[] =>
    list === undefined ? [] : [{ name, baseUrl, kind: list, auth: 'bearer', style: 'plain' }],
  ),
];

/** Asks the upstreams for which there is a credential, all at once. */
export async function refreshModels(
  context: Context,
  wanted: (source: Source) => boolean,
  patienceMs: number,
): Promise<Refreshed[]> {
  const transport = httpTransport(withLoopback(context.env.NO_PROXY ?? context.env.no_proxy));
  const refreshed = await Promise.all(
    sourcesOf(context)
      .filter(wanted)
      .map((source) => refresh(source, context, patienceMs, transport)),
  );
  await transport.close();
  return refreshed;
}

async function refresh(source: Source, context: Context, patienceMs: number, transport: Transport): Promise<Refreshed> {
  const { name, baseUrl, kind, auth, style } = source;
  const credential = await credentialFor(name, context);
  if (credential === undefined) return { upstream: name, problem: 'not logged in' };
  const now = new Date(systemClock.now()).toISOString();
  const known = readModelLists(context.paths.stateDir)[name];
  const { accept: _accept, ...headers } = upstreamHeaders({
    style,
    auth,
    credential,
    sessionId: undefined,
    version: context.version,
  });
  const answer = await listModels({
    kind,
    baseUrl,
    headers,
    etag: known?.etag,
    today: now.slice(0, 10),
    patienceMs,
    transport,
  });
  if (answer.state === 'failed') return { upstream: name, problem: answer.reason };
  if (answer.state === 'listed') {
    const models = answer.models.map((model) => ({ ...model, upstream: name }));
    storeModelList(context.paths.stateDir, name, { at: now, etag: answer.etag, models });
  } else if (known) storeModelList(context.paths.stateDir, name, { ...known, at: now });
  return { upstream: name, problem: undefined };
}

async function credentialFor(name: string, context: Context): Promise<Credential | undefined> {
  try {
    return await (await context.credentials()).source.get(name);
  } catch (thrown) {
    if (!(thrown instanceof CcpError)) throw thrown;
    // What is asked without a credential has a list without one.
    return isOpen(name, context) || name === 'openrouter'
      ? { kind: 'none', token: '', accountId: undefined, origin: 'none' }
      : undefined;
  }
}
