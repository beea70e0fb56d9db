/** `ccp launch`: starts the proxy, then Claude Code, either in ccp's screen or headless. */

import type { AppContext } from '../app/context.ts';
import { isBackground } from '../launch/claude-args.ts';
import { runHeadless } from '../launch/headless.ts';
import type { SessionEvent } from '../session/events.ts';
import { auditIncident, bodiesIncident, fallbackIncident, ledgerIncident } from '../session/format.ts';
import { reduce } from '../session/reduce.ts';
import { initialState } from '../session/state.ts';
import { checkReceipt, writeReceipt } from './receipt.ts';
import { type LaunchFlags, planSession } from './session-plan.ts';
import { startSession } from './session-start.ts';

export async function launch(
  flags: LaunchFlags,
  args: readonly string[],
  context: AppContext,
  onScreen: boolean,
): Promise<number> {
  if (isBackground(args)) {
    const { launchInBackground } = await import('./launch-background.ts');
    return launchInBackground(flags, args, context);
  }
  if (onScreen) {
    const { launchOnScreen } = await import('./launch-screen.ts');
    return launchOnScreen(flags, args, context);
  }
  return launchHeadless(flags, args, context);
}

async function launchHeadless(flags: LaunchFlags, args: readonly string[], context: AppContext): Promise<number> {
  checkReceipt(flags.receipt);
  const plan = await planSession(flags, args, context);
  let state = initialState(Date.now(), []);
  let claudePid: number | undefined;
  let hasReported = false;
  const printNotice = (message: string) => process.stderr.write(`ccp: ${message}\n`);
  const session = await startSession(plan, context, {
    onEvents: (events) => {
      state = events.reduce(reduce, state);
      for (const event of events)
        if (event.type === 'warning' && printed.some((prefix) => event.id.startsWith(prefix)))
          printNotice(event.message);
      // Claude Code prints nothing while it repeats a request for minutes.
      const problem = hasReported ? undefined : events.map(repeatedProblem).find((text) => text !== undefined);
      if (problem === undefined) return;
      hasReported = true;
      printNotice(problem);
    },
    onNotice: printNotice,
    // Without a proxy, Claude Code would send its requests to whatever listens on the port next.
    onLost: (message) => {
      printNotice(message);
      if (claudePid !== undefined) endProcess(claudePid);
    },
    asksUser: false,
  });
  let exitCode = 1;
  try {
    exitCode = await runHeadless({
      ...session.claude,
      onSpawn: (pid) => {
        claudePid = pid;
        session.proxy.announceClaude({ pid, group: false, terminal: undefined });
      },
    });
    return exitCode;
  } finally {
    await session.end();
    writeReceipt(state, plan.id, exitCode, flags.receipt);
  }
}

/** Incidents that stderr shows too: there is no screen. */
const printed = [auditIncident, ledgerIncident, fallbackIncident, bodiesIncident];

/** The reason for which a request is repeated; `undefined` for other events. */
function repeatedProblem(event: SessionEvent): string | undefined {
  if (event.type === 'retry') return `retrying: ${event.reason}`;
  return event.type === 'failed' && event.resend ? `Claude Code retries: ${event.message}` : undefined;
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has already exited.
  }
}
