/** `ccp serve`: runs the proxy in the foreground. */

import type { AppContext } from '../app/context.ts';
import { credentialProblem } from '../app/credential-problem.ts';
import { secretVariablesOf } from '../app/credentials.ts';
import { assertPolicyUsable } from '../app/policy.ts';
import { assembleProxy } from '../app/proxy.ts';
import { noRouteFlags, routesOf } from '../app/routes.ts';
import { assertTelemetry } from '../app/telemetry.ts';
import { upstreamIn } from '../app/upstreams.ts';
import { UserError } from '../errors/user-error.ts';
import { nameOf, type Target } from '../models/find.ts';
import { eraseFromEnvironment } from '../platform/own-environment.ts';
import { newSecret, systemRandomness } from '../platform/randomness.ts';
import { onlySecrets } from '../platform/secrets.ts';
import { slotWindows } from '../routing/table.ts';
import { removeRun, writeRun } from '../storage/run-files.ts';

export interface ServeFlags {
  readonly port: number | undefined;
  readonly json: boolean;
  readonly allowMetered: boolean;
}

export async function serve(flags: ServeFlags, context: AppContext): Promise<number> {
  assertPolicyUsable(context.policy);
  assertTelemetry(context);
  const session = `s-${systemRandomness.id(10)}`;
  const secret = newSecret();
  const controlToken = newSecret();
  eraseFromEnvironment(Object.keys(onlySecrets(context.env, secretVariablesOf(context))));
  const { table } = routesOf(noRouteFlags, context);
  const proxy = await assembleProxy(context, {
    session,
    inBackground: false,
    givesTitle: false,
    secret,
    controlToken,
    routes: table,
    clientWindows: slotWindows(table),
    budgetUsd: undefined,
    spentMicroUsd: 0,
    allowances: {},
    state: undefined,
    asksUser: false,
    allowMetered: flags.allowMetered,
    keys: {},
  });
  const requestedPort = flags.port ?? context.settings.number('port');
  const url = await listen(requestedPort);
  // Registered before the line is printed: its reader may send a signal immediately.
  const stopped = stopSignal();
  writeRun(context.paths.runDir, session, {
    version: 1,
    pid: process.pid,
    url,
    kind: 'serve',
    secret,
    controlToken,
    startedAt: new Date().toISOString(),
  });
  if (flags.json)
    process.stdout.write(
      `${JSON.stringify({ event: 'listening', url, pid: process.pid, token: secret, controlToken })}\n`,
    );
  else
    process.stdout.write(
      `ccp proxy on ${url} (session ${session}). In another shell: eval "$(${context.self} env)" && claude. Ctrl+C stops it.\n`,
    );
  await warnWithoutCredential(table.routes.main.target, context);
  await stopped;
  await proxy.drain();
  removeRun(context.paths.runDir, session);
  return 0;

  async function listen(port: number): Promise<string> {
    try {
      return (await proxy.listen(port)).url;
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE')
        throw new UserError(
          `Port ${port} is in use. If it is another ccp (\`ccp status\` lists them), use that one or stop it; else choose a port with --port N, or any free one with --port 0.`,
        );
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new UserError(`Cannot listen on port ${port}: ${reason}.`);
    }
  }
}

/** Warns when the main upstream has no credential. The proxy still runs, because a login can follow. */
async function warnWithoutCredential(main: Target, context: AppContext): Promise<void> {
  const problem = await credentialProblem(upstreamIn(context.upstreams, main.upstream), context);
  if (problem !== undefined) process.stderr.write(`ccp: requests to ${nameOf(main)} will fail: ${problem}\n`);
}

/**
 * Resolves on a stop signal. The listeners are not removed, because a dependency ends the process on a signal without
 * other listeners.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}
