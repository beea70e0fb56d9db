/** `ccp launch -- --bg PROMPT`: a background session of Claude Code, and the proxy that serves it until it ends. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import { type BackgroundJob, jobsUsing, untilIdle } from '../launch/background-jobs.ts';
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
  let isDispatched = false;
  let isEnding = false;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = () => {
      isEnding = true;
      resolve();
    };
  });
  // Ctrl+C in the terminal reaches only the parent. Before the session runs, its end is that of the launch.
  process.on('disconnect', () => isDispatched || end());
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  // The parent's end of these pipes closes with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const { flags, args } = await launchMessage();
  checkReceipt(flags.receipt);
  const plan = await planSession(flags, args, context);
  const log = fileLog(context.paths.proxyLog, context.settings.text('logLevel') ?? 'info');
  let state = initialState(Date.now(), []);
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
  let exitCode = 1;
  try {
    if (isEnding) return exitCode;
    exitCode = await runHeadless({ ...session.claude, onSpawn: () => {} });
    if (exitCode !== 0) return exitCode;
    const jobs = await listedJobs(session, context);
    if (isEnding) return exitCode;
    isDispatched = true;
    const report = { type: 'dispatched', session: plan.id, jobs: jobs.map(({ id }) => id) };
    process.send?.(report, undefined, {}, () => process.connected && process.disconnect());
    await Promise.race([whileJobsRun(session, context), ended]);
    return 0;
  } finally {
    await stopJobs(session, plan.claudePath, context);
    await session.end();
    writeReceipt(state, plan.id, exitCode, flags.receipt);
  }
}

/** Resolves when no job has run for a while. The proxy is told which process to end if this one is killed. */
function whileJobsRun(session: StartedSession, context: AppContext): Promise<void> {
  let announced: number | undefined;
  const { idle } = untilIdle(() => {
    const jobs = jobsOf(session, context);
    const pid = jobs?.[0]?.pid;
    if (pid !== undefined && pid !== announced)
      session.proxy.announceClaude({ pid, group: false, terminal: undefined, settingsPath: session.settingsPath });
    announced = pid ?? announced;
    return jobs === undefined || jobs.length > 0;
  }, systemClock);
  return idle;
}

const jobsOf = ({ settingsPath }: StartedSession, { env }: AppContext): BackgroundJob[] | undefined =>
  settingsPath === undefined ? [] : jobsUsing(settingsPath, env);

/** @throws UserError when the supervisor lists no job with ccp's settings: its requests would not go through ccp. */
async function listedJobs(session: StartedSession, context: AppContext): Promise<BackgroundJob[]> {
  for (const from = Date.now(); Date.now() - from < listedWithinMs; ) {
    const jobs = jobsOf(session, context) ?? [];
    if (jobs.length > 0) return jobs;
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
    (jobsOf(session, context) ?? []).map(({ id }) =>
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
