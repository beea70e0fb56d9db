/** `ccp auth status`: who is signed in where, until when, and where that is kept. Shows no token. */

import type { AppContext } from '../../app/context.ts';
import { upstreamIn } from '../../app/upstreams.ts';
import { accountOf } from '../../credentials/claims.ts';
import { environmentVariable } from '../../credentials/source.ts';
import { CcpError } from '../../errors/ccp-error.ts';
import type { Quota } from '../../models/quota.ts';
import { quotaText } from '../../models/quota.ts';
import { clockTime, systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { withLoopback } from '../../platform/no-proxy.ts';
import { sendSideRequest } from '../../proxy/side-request.ts';
import { table } from '../../session/columns.ts';
import { httpTransport } from '../../upstream/http-transport.ts';
import { movedText } from './login.ts';
import { checkUpstream, loginNames } from './names.ts';

export interface LoginStatus {
  readonly upstream: string;
  /** It can be used now. */
  readonly present: boolean;
  /** `locked`: it is there, and its keychain does not open. `broken`: the file is none of ours. */
  readonly state: 'present' | 'absent' | 'locked' | 'ended' | 'broken';
  readonly from: 'environment' | 'keychain' | 'file' | null;
  readonly kind: 'login' | 'api-key' | null;
  readonly account: string | null;
  readonly plan: string | null;
  /** ISO time the access token ends; a login with a refresh token goes on. */
  readonly expiresAt: string | null;
  readonly renews: boolean;
  readonly quota: Quota | null;
  /** Why it cannot be used, and what to do. */
  readonly problem: string | null;
}

const nothing = {
  present: false,
  state: 'absent',
  from: null,
  kind: null,
  account: null,
  plan: null,
  expiresAt: null,
  renews: false,
  quota: null,
} as const;

/** Exit code 1 when the asked one, or all of them, are absent. */
export async function authStatus(name: string | undefined, json: boolean, context: AppContext): Promise<number> {
  await migrateAll(context);
  const names = name === undefined ? loginNames(context) : [checkUpstream(name, 'status', context)];
  const entries = await Promise.all(names.map((upstream) => loginStatus(upstream, context)));
  // Where a key may be left out, its absence is no news.
  const shown = entries.filter(
    ({ upstream, present, from }) =>
      name !== undefined || present || from || !upstreamIn(context.upstreams, upstream).auth.isOptional,
  );
  if (json) process.stdout.write(`${JSON.stringify({ credentials: shown }, null, 2)}\n`);
  else process.stdout.write(statusTable(shown));
  return entries.some(({ present }) => present) ? 0 : 1;
}

/** Where a keychain has come, or gone, since: said, for it writes. */
async function migrateAll(context: AppContext): Promise<void> {
  const { store } = await context.credentials();
  for (const upstream of loginNames(context)) {
    if (!store.has(upstream) || store.isForeign(upstream)) continue;
    const moved = await store.migrate(upstream).catch(() => undefined);
    if (moved !== undefined) process.stderr.write(`${movedText(upstream, moved)}\n`);
  }
}

export async function loginStatus(upstream: string, context: AppContext, withQuota = true): Promise<LoginStatus> {
  const { store, source, rows } = await context.credentials();
  const set = environmentVariable(upstream, { env: context.env, rows });
  const there = { ...nothing, upstream, present: true, state: 'present', problem: null } as const;
  const quota = async () => (withQuota ? await quotaOf(upstream, context) : null);
  if (set) {
    const { accountId, email, plan, expiresAt } = accountOf(set.value);
    return {
      ...there,
      from: 'environment',
      kind: upstreamIn(context.upstreams, upstream).auth.takesApiKeys ? 'api-key' : 'login',
      account: email ?? accountId ?? null,
      plan: plan ?? null,
      expiresAt: isoOf(expiresAt),
      quota: await quota(),
    };
  }
  try {
    const stored = await store.load(upstream);
    await source.check(upstream);
    const { document, storage = null } = stored ?? {};
    if (document?.type !== 'oauth') return { ...there, from: storage, kind: 'api-key' };
    return {
      ...there,
      from: storage,
      kind: 'login',
      account: document.email ?? document.accountId ?? null,
      plan: document.plan ?? null,
      expiresAt: isoOf(document.expiresAt),
      renews: document.refreshToken !== undefined,
      problem: document.ended ? `It cannot be renewed (${document.ended.code}): ccp auth login ${upstream}` : null,
      quota: await quota(),
    };
  } catch (thrown) {
    if (!(thrown instanceof CcpError)) throw thrown;
    return { ...nothing, upstream, state: stateOf(thrown, store.isForeign(upstream)), problem: thrown.message };
  }
}

function stateOf({ code }: CcpError, foreign: boolean): LoginStatus['state'] {
  if (code === 'no_credential') return 'absent';
  if (code === 'credential_locked') return 'locked';
  return foreign ? 'broken' : 'ended';
}

const latest = 8.64e15;

const isoOf = (epochMs: number | undefined): string | null =>
  epochMs === undefined || Math.abs(epochMs) > latest ? null : new Date(epochMs).toISOString();

/** Asked once, with little time; a number that is not known is not shown. */
async function quotaOf(upstream: string, context: AppContext): Promise<Quota | null> {
  const asked = upstreamIn(context.upstreams, upstream);
  if (asked.quotaEndpoint === undefined) return null;
  const transport = httpTransport(withLoopback(context.env.NO_PROXY ?? context.env.no_proxy));
  try {
    const credential = await (await context.credentials()).source.get(upstream);
    const side = { method: 'GET', url: asked.quotaEndpoint.url, body: '' } as const;
    const answer = await sendSideRequest(asked, side, credential, {
      identity: { version: context.version },
      transportOf: () => transport,
      ports: { clock: systemClock, log: silentLog },
    });
    return asked.quotaEndpoint.read(answer, systemClock.now()) ?? null;
  } catch {
    return null;
  } finally {
    await transport.close();
  }
}

function statusTable(entries: readonly LoginStatus[]): string {
  return entries.length === 0 ? '' : `${table(entries.map((entry) => [entry.upstream, describe(entry)]))}\n`;
}

export function describe(entry: LoginStatus): string {
  const word = entry.present ? 'yes' : entry.state === 'absent' ? 'no' : entry.state;
  return `${word.padEnd(6)}  ${entry.present ? details(entry) : (entry.problem ?? '').replace(absence, '')}`;
}

/** The word before it says so already. */
const absence = /^There is no credential for \S+\. /;

function details(entry: LoginStatus): string {
  const { from, kind, account, plan, expiresAt, renews, quota } = entry;
  const until = expiresAt === null ? '' : `${renews ? 'renews' : 'ends'} ${clockTime(Date.parse(expiresAt))}`;
  return [
    kind === 'api-key' ? 'API key' : 'signed in',
    account ?? '',
    plan === null ? '' : `plan ${plan}`,
    until,
    { environment: 'from the environment', keychain: 'sealed with the keychain', file: 'in a file of 0600' }[
      from ?? 'file'
    ],
    quota ? `used ${quotaText(quota, clockTime)}` : '',
    entry.problem ?? '',
  ]
    .filter(Boolean)
    .join(' · ');
}
