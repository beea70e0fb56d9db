/** `ccp launch -- --bg PROMPT`: a background session of Claude Code, and the proxy that serves it until it ends. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import { jobsUsing, untilIdle } from '../launch/background-jobs.ts';
import { startKeeper } from '../launch/background-keeper.ts';
import { runHeadless } from '../launch/headless.ts';
import { systemClock } from '../platform/clock.ts';
import { fileLog } from '../platform/log.ts';
import { reduce } from '../session/reduce.ts';
import { initialState } from '../session/state.ts';
import { isObject } from '../wire/json.ts';
import { checkReceipt, writeReceipt } from './receipt.ts';
import { type LaunchFlags, planSession } from './session-plan.ts';
import { type StartedSession, startSession } from './session-start.ts';

const listedWithinMs = 10_000;
const listPollMs = 100;
const stopTimeoutMs = 15_000;

/** Starts the keeper, and returns as soon as Claude Code has started the background session. */
export async function launchInBackground(
  flags: LaunchFlags,
  args: readonly string[],
  context: AppContext,
): Promise<number> {
  // A signal cannot ask the keeper there to end its session.
  if (process.platform === 'win32') throw new UserError('--bg: ccp has no background sessions on Windows.', 2);
  const report = await startKeeper({ ...context, cwd: process.cwd() }, { flags, args: [...args] });
  if (typeof report === 'number') return report;
  process.stderr.write(
    `ccp: session ${report.session} serves it. Follow it with \`${context.self} watch ${report.session}\`, end it with \`${context.self} stop ${report.session}\`.\n`,
  );
  return 0;
}

/** The keeper: runs the launch that its parent sends. @returns the exit code. */
export async function keepInBackground(context: AppContext): Promise<number> {
  const { flags, args } = await launchMessage();
  checkReceipt(flags.receipt);
  const plan = await planSession(flags, args, context);
  const log = fileLog(context.paths.proxyLog, context.settings.text('logLevel') ?? 'info');
  let state = initialState(Date.now(), []);
  let isDispatched = false;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const session = await startSession(plan, context, {
    onEvents: (events) => {
      state = events.reduce(reduce, state);
    },
    // The terminal belongs to the user again once the session runs in the background.
    onNotice: (message) => {
      if (isDispatched) log.warn({ session: plan.id }, message);
      else process.stderr.write(`ccp: ${message}\n`);
    },
    onLost: (message) => {
      log.error({ session: plan.id }, message);
      end();
    },
    asksUser: false,
  });
  // Ctrl+C in the terminal reaches only the parent.
  process.on('disconnect', () => isDispatched || end());
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  let exitCode = 1;
  try {
    exitCode = await runHeadless({ ...session.claude, onSpawn: () => {} });
    if (exitCode !== 0) return exitCode;
    const jobs = await listedJobs(session, context);
    isDispatched = true;
    // The parent's end of these pipes is closed from now on.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
    process.send?.({ type: 'dispatched', session: plan.id, jobs }, undefined, {}, () => process.disconnect());
    const lease = untilIdle(() => jobsOf(session, context).length > 0, systemClock);
    await Promise.race([lease.idle, ended]);
    lease.cancel();
    return 0;
  } finally {
    await stopJobs(session, plan.claudePath, context);
    await session.end();
    writeReceipt(state, plan.id, exitCode, flags.receipt);
  }
}

const jobsOf = ({ settingsPath }: StartedSession, { env }: AppContext) =>
  settingsPath === undefined ? [] : jobsUsing(settingsPath, env);

/** @throws UserError when the supervisor lists no job with ccp's settings: its requests would not go through ccp. */
async function listedJobs(session: StartedSession, context: AppContext): Promise<string[]> {
  for (const from = Date.now(); Date.now() - from < listedWithinMs; ) {
    const jobs = jobsOf(session, context);
    if (jobs.length > 0) return jobs.map(({ id }) => id);
    await new Promise((resolve) => setTimeout(resolve, listPollMs));
  }
  throw new UserError(
    'Claude Code lists no background session that uses ccp’s settings, so ccp’s proxy is stopped. `claude agents` shows what runs.',
  );
}

/** Ends the jobs that still run: without the proxy they would only repeat their requests. */
async function stopJobs(session: StartedSession, claudePath: string, context: AppContext): Promise<void> {
  const run = promisify(execFile);
  await Promise.all(
    jobsOf(session, context).map(({ id }) =>
      run(claudePath, ['stop', id], { env: session.claude.env, timeout: stopTimeoutMs }).catch(() => undefined),
    ),
  );
}

interface LaunchMessage {
  readonly flags: LaunchFlags;
  readonly args: readonly string[];
}

const launchMessage = (): Promise<LaunchMessage> =>
  new Promise((resolve) => {
    process.once('message', (message: unknown) => {
      if (isLaunchMessage(message)) resolve(message);
    });
  });

const isLaunchMessage = (message: unknown): message is LaunchMessage =>
  isObject(message) && isObject(message.flags) && Array.isArray(message.args);
