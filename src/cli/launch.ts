/** `ccp launch`: the proxy, then Claude Code; with a screen of our own, or headless. */
import { isHeadless } from '../launch/claude-args.ts';
import { runHeadless } from '../launch/headless.ts';
import { receiptLine } from '../session/receipt.ts';
import { reduce } from '../session/reduce.ts';
import { initialState } from '../session/state.ts';
import { offerLogin } from './auth/offer.ts';
import type { Context } from './context.ts';
import { type LaunchFlags, planSession, startSession } from './session-start.ts';

export async function launch(flags: LaunchFlags, args: readonly string[], context: Context): Promise<number> {
  const ready = await offerLogin(flags, args, context);
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (terminal && !isHeadless(args)) {
    const { launchOnScreen } = await import('./launch-screen.ts');
    return launchOnScreen(ready, args, context);
  }
  return launchHeadless(ready, args, context);
}

async function launchHeadless(flags: LaunchFlags, args: readonly string[], context: Context): Promise<number> {
  const plan = await planSession(flags, args, context);
  let state = initialState(Date.now(), []);
  const say = (message: string) => process.stderr.write(`ccp: ${message}\n`);
  const session = await startSession(plan, flags, context, {
    onEvents: (events) => {
      state = events.reduce(reduce, state);
    },
    onNotice: say,
    onLost: say,
  });
  try {
    return await runHeadless({
      ...session.claude,
      onSpawn: (pid) => session.proxy.announceClaude({ pid, group: false, terminal: undefined }),
    });
  } finally {
    await session.proxy.stop();
    process.stderr.write(`${receiptLine(state, Date.now())}\n`);
  }
}
