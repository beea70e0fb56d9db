/** `ccp status`: running sessions with their routes, credentials, and the paths of settings and state. */

import { existsSync } from 'node:fs';
import type { AppContext } from '../app/context.ts';
import { table } from '../session/columns.ts';
import { compact, costText, estimateSign } from '../session/format.ts';
import type { SessionState } from '../session/state.ts';
import { type Run, readRuns } from '../storage/run-files.ts';
import { describe, loginStatus } from './auth/status.ts';
import { callControl } from './control-client.ts';
import { quotaLines } from './quota-lines.ts';
import { isState } from './runs.ts';

interface SessionStatus {
  readonly session: string;
  readonly kind: string;
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
  /** `null` when the proxy does not answer. */
  readonly state: SessionState | null;
}

interface CredentialStatus {
  readonly upstream: string;
  readonly present: boolean;
  readonly detail: string;
}

export async function status(json: boolean, context: AppContext): Promise<number> {
  const sessions = await Promise.all(readRuns(context.paths.runDir).map(sessionStatus));
  // The settings define upstreams too, so credentials are unknown while the settings are invalid.
  const problem = context.settingsProblem?.message ?? null;
  const credentials = problem === null ? await credentialStatuses(context) : [];
  const settings = { path: context.paths.configFile, present: existsSync(context.paths.configFile), problem };
  const { layers, problems } = context.policy.current;
  const profile = problem === null ? (context.profile ?? null) : null;
  const policy = { files: layers.map(({ kind, path }) => ({ kind, path })), problems };
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ version: context.version, sessions, credentials, settings, profile, policy }, null, 2)}\n`,
    );
    return 0;
  }
  const lines = [`ccp ${context.version}`, '', sessions.length === 0 ? 'No session is running.' : 'Sessions:'];
  for (const entry of sessions) lines.push(...sessionLines(entry));
  lines.push('', 'Credentials:');
  if (problem === null) lines.push(table(credentials.map(({ upstream, detail }) => [`  ${upstream}`, detail])));
  else lines.push('  not known without the settings');
  lines.push('', `Settings: ${settings.path}${problem === null ? (settings.present ? '' : ' (none yet)') : ''}`);
  if (problem !== null) lines.push(`          cannot be used: ${problem}`);
  if (profile !== null) lines.push(`Profile:  ${profile.name} (${profile.why})`);
  const policyFiles = layers.map(({ path }) => path).join(', ');
  lines.push(`Policy:   ${policyFiles === '' && problems.length === 0 ? 'none' : policyFiles}`.trimEnd());
  for (const { path, message } of problems)
    lines.push(`          cannot be used, so nothing is routed: ${path}. ${message}`);
  lines.push(`State:    ${context.paths.stateDir}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

async function sessionStatus(run: Run): Promise<SessionStatus> {
  const { session, kind, pid, url, startedAt } = run;
  const state = await callControl(run, 'GET', '/ccp/state').then(
    ({ body }) => (isState(body) ? body : null),
    () => null,
  );
  return { session, kind, pid, url, startedAt, state };
}

function sessionLines({ session, kind, pid, url, state }: SessionStatus): string[] {
  const head = `  ${session}  ${kind}  pid ${pid}  ${url}`;
  if (state === null) return [head, '    does not answer'];
  const { tokens, requests } = state.totals;
  const input = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;
  return [
    head,
    `    ${state.routes.map((route) => `${route.routeClass} → ${route.upstream}/${route.model}`).join(', ')}`,
    ...(state.wall ? [`    ${state.wall.waiting} waiting at the limit of ${state.wall.route}`] : []),
    ...Object.entries(state.quotas).flatMap(([upstream, quota]) => quotaLines(quota, `    ${upstream} `)),
    `    ${requests} requests, ${state.running.length} running, ${estimateSign(state)}${compact(input)} in, ${compact(tokens.outputTokens)} out, ${costText(state)}`,
  ];
}

const credentialStatuses = (context: AppContext): Promise<CredentialStatus[]> =>
  Promise.all(
    context.upstreams.filter(({ auth }) => !auth.isOptional).map(({ name }) => credentialStatus(name, context)),
  );

async function credentialStatus(upstream: string, context: AppContext): Promise<CredentialStatus> {
  const entry = await loginStatus(upstream, context, false);
  return { upstream, present: entry.present, detail: describe(entry) };
}
