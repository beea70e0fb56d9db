/** `ccp auth status`: account, expiry and storage of each login. Tokens are never printed. */

import type { AppContext } from '../../app/context.ts';
import { upstreamIn } from '../../app/upstreams.ts';
import { accountOf } from '../../credentials/claims.ts';
import { environmentVariable } from '../../credentials/source.ts';
import { CcpError } from '../../errors/ccp-error.ts';
import type { Quota } from '../../models/quota.ts';
import { clockTime, systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { withLoopback } from '../../platform/no-proxy.ts';
import { sendSideRequest } from '../../proxy/side-request.ts';
import { table } from '../../session/columns.ts';
import { httpTransport } from '../../upstream/http-transport.ts';
import { quotaLines } from '../quota-lines.ts';
import { movedText } from './login.ts';
import { checkUpstream, loginNames } from './names.ts';

export interface LoginStatus {
  readonly upstream: string;
  /** Whether it can be used now. */
  readonly present: boolean;
  /** `locked`: stored, but the keychain cannot be unlocked. `broken`: not a credential file of ccp. */
  readonly state: 'present' | 'absent' | 'locked' | 'ended' | 'broken';
  readonly from: 'environment' | 'command' | 'keychain' | 'file' | null;
  readonly kind: 'login' | 'api-key' | null;
  readonly account: string | null;
  readonly plan: string | null;
  /** ISO time when the access token expires; a login with a refresh token is then renewed. */
  readonly expiresAt: string | null;
  readonly renews: boolean;
  readonly quota: Quota | null;
  /** Why it cannot be used, with a remedy. */
  readonly problem: string | null;
}

const absentLogin = {
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

/** @returns exit code 0 when at least one of the requested logins can be used, 1 otherwise. */
export async function authStatus(name: string | undefined, json: boolean, context: AppContext): Promise<number> {
  await migrateAll(context);
  const names = name === undefined ? loginNames(context) : [checkUpstream(name, 'status', context)];
  const entries = await Promise.all(names.map((upstream) => loginStatus(upstream, context)));
  // An upstream with an optional key is listed only when it has one, unless it was requested by name.
  const shown = entries.filter(
    ({ upstream, present, from }) =>
      name !== undefined || present || from || !upstreamIn(context.upstreams, upstream).auth.isOptional,
  );
  if (json) process.stdout.write(`${JSON.stringify({ credentials: shown }, null, 2)}\n`);
  else process.stdout.write(statusTable(shown));
  return entries.some(({ present }) => present) ? 0 : 1;
}

/** Repairs modes, and moves logins when the keychain has become available or unavailable. Each change is printed. */
async function migrateAll(context: AppContext): Promise<void> {
  const { store } = await context.credentials();
  for (const upstream of loginNames(context)) {
    if (!store.has(upstream) || store.isForeign(upstream)) continue;
    const mode = store.repairMode(upstream);
    if (mode !== undefined)
      process.stderr.write(
        `The login for ${upstream} was readable by others (mode ${mode.toString(8)}). Its file has mode 600 now. If others use this machine, sign in again: \`ccp auth login ${upstream}\`.\n`,
      );
    const moved = await store.migrate(upstream).catch(() => undefined);
    if (moved !== undefined) process.stderr.write(`${movedText(upstream, moved)}\n`);
  }
}

export async function loginStatus(upstream: string, context: AppContext, withQuota = true): Promise<LoginStatus> {
  const { store, source, rows } = await context.credentials();
  const variable = environmentVariable(upstream, { env: context.env, rows });
  const presentLogin = { ...absentLogin, upstream, present: true, state: 'present', problem: null } as const;
  const quota = async () => (withQuota ? await quotaOf(upstream, context) : null);
  if (variable) {
    const { accountId, email, plan, expiresAt } = accountOf(variable.value);
    return {
      ...presentLogin,
      from: 'environment',
      kind: upstreamIn(context.upstreams, upstream).auth.takesApiKeys ? 'api-key' : 'login',
      account: email ?? accountId ?? null,
      plan: plan ?? null,
      expiresAt: isoOf(expiresAt),
      quota: await quota(),
    };
  }
  // The command is not run: it may ask the user something, or take long.
  if (upstreamIn(context.upstreams, upstream).auth.command) return { ...presentLogin, from: 'command', kind: 'login' };
  try {
    const stored = await store.load(upstream);
    await source.check(upstream);
    const { document, storage = null } = stored ?? {};
    if (document?.type !== 'oauth') return { ...presentLogin, from: storage, kind: 'api-key' };
    return {
      ...presentLogin,
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
    return { ...absentLogin, upstream, state: stateOf(thrown, store.isForeign(upstream)), problem: thrown.message };
  }
}

function stateOf({ code }: CcpError, foreign: boolean): LoginStatus['state'] {
  if (code === 'no_credential') return 'absent';
  if (code === 'credential_locked') return 'locked';
  return foreign ? 'broken' : 'ended';
}

/** The largest time that a Date can represent. */
const maxEpochMs = 8.64e15;

const isoOf = (epochMs: number | undefined): string | null =>
  epochMs === undefined || Math.abs(epochMs) > maxEpochMs ? null : new Date(epochMs).toISOString();

/** Requests the quota once, with a short timeout. Returns `null` when it is not known. */
async function quotaOf(upstream: string, context: AppContext): Promise<Quota | null> {
  const quotaUpstream = upstreamIn(context.upstreams, upstream);
  if (quotaUpstream.quotaEndpoint === undefined) return null;
  const transport = httpTransport(withLoopback(context.env.NO_PROXY ?? context.env.no_proxy));
  try {
    const credential = await (await context.credentials()).source.get(upstream);
    const request = { method: 'GET', url: quotaUpstream.quotaEndpoint.url, body: '' } as const;
    const response = await sendSideRequest(quotaUpstream, request, credential, {
      identity: { version: context.version },
      transportOf: () => transport,
      ports: { clock: systemClock, log: silentLog },
    });
    return quotaUpstream.quotaEndpoint.read(response, systemClock.now()) ?? null;
  } catch {
    return null;
  } finally {
    await transport.close();
  }
}

function statusTable(entries: readonly LoginStatus[]): string {
  const rows = table(entries.map((entry) => [entry.upstream, describe(entry)])).split('\n');
  const lines = entries.flatMap(({ upstream, quota }, index) => [
    rows[index] ?? '',
    ...(quota ? quotaLines(quota, ' '.repeat(upstream.length + 2)) : []),
  ]);
  return lines.map((row) => `${row}\n`).join('');
}

export function describe(entry: LoginStatus): string {
  const state = entry.present ? 'yes' : entry.state === 'absent' ? 'no' : entry.state;
  return `${state.padEnd(6)}  ${entry.present ? details(entry) : (entry.problem ?? '').replace(absencePrefix, '')}`;
}

/** Removed from a problem, because the state is already printed before it. */
const absencePrefix = /^There is no credential for \S+\. /;

const storageTexts: Readonly<Record<NonNullable<LoginStatus['from']>, string>> = {
  environment: 'from the environment',
  command: 'token of a command',
  keychain: 'sealed with the keychain',
  file: 'in a file of 0600',
};

function details(entry: LoginStatus): string {
  const { from, kind, account, plan, expiresAt, renews } = entry;
  const until = expiresAt === null ? '' : `${renews ? 'renews' : 'ends'} ${clockTime(Date.parse(expiresAt))}`;
  return [
    kind === 'api-key' ? 'API key' : from === 'command' ? '' : 'signed in',
    account ?? '',
    plan === null ? '' : `plan ${plan}`,
    until,
    storageTexts[from ?? 'file'],
    entry.problem ?? '',
  ]
    .filter(Boolean)
    .join(' · ');
}
