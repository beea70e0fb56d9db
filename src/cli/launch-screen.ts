/** `ccp launch` with ccp's screen. */

import type { AppContext } from '../app/context.ts';
import { modelChoices } from '../app/model-choices.ts';
import { comparedModel } from '../app/routes.ts';
import { UserError } from '../errors/user-error.ts';
import type { ProxyProcess } from '../launch/proxy-process.ts';
import { nameOf } from '../models/find.ts';
import { routeViews } from '../proxy/session/route-state.ts';
import { initialState } from '../session/state.ts';
import { isFirstTime } from '../storage/told-once.ts';
import { startLine } from '../terminal/start-line.ts';
import { checkReceipt, writeReceipt } from './receipt.ts';
import { resumeCommand } from './resume-command.ts';
import { screenEnvironment } from './screen-environment.ts';
import { terminalSize } from './screen-program.ts';
import { ScreenSession } from './screen-session.ts';
import { type LaunchFlags, planSession } from './session-plan.ts';
import { startSession } from './session-start.ts';

export async function launchOnScreen(
  flags: LaunchFlags,
  args: readonly string[],
  context: AppContext,
): Promise<number> {
  terminalSize();
  checkReceipt(flags.receipt);
  const plan = await planSession(flags, args, context);
  let proxy: ProxyProcess | undefined;
  const screen = new ScreenSession({
    context,
    layout: flags.layout,
    name: plan.id,
    state: initialState(Date.now(), routeViews(plan.routes.table, context.directory), comparedModel(context)),
    choices: await modelChoices(context, plan.ownLogin),
    onAction: (action) =>
      proxy ? proxy.act(action) : Promise.reject(new UserError('The proxy is starting. Try again in a moment.')),
  });
  let lostReason: string | undefined;
  startLine.show(`ccp · ${nameOf(plan.routes.main)} · starting the proxy …`);
  const session = await startSession(plan, context, {
    onEvents: (events) => screen.publish(events),
    onNotice: (text) => screen.notice(text),
    onLost: (text) => {
      lostReason = text;
      screen.end();
    },
    asksUser: true,
  });
  proxy = session.proxy;
  startLine.show(`ccp · ${nameOf(plan.routes.main)} · starting Claude Code …`);
  let exitCode = 1;
  try {
    exitCode = await screen.run({ ...session.claude, env: screenEnvironment(session.claude.env) }, (pid) =>
      session.proxy.announceClaude({ pid, group: true, terminal: screen.rescue }),
    );
    return exitCode;
  } finally {
    await session.end();
    if (lostReason !== undefined) process.stderr.write(`ccp: ${lostReason}\n`);
    const [, title, id] = /claude --resume (?:"([^"\n]+)"|([\w-]+))/.exec(screen.text.join('\n')) ?? [];
    const resume = title ?? id;
    if (resume !== undefined)
      process.stderr.write(`Resume with: ${resumeCommand(context.self, plan.flags, screen.state, resume)}\n`);
    writeReceipt(screen.state, plan.id, exitCode, flags.receipt);
    if (screen.state.totals.requests > 0) tellTranscript(context);
  }
}

/** Said after the first session only. */
function tellTranscript({ settings, paths, self }: AppContext): void {
  if (settings.text('transcript') === 'on' || !isFirstTime(paths.stateDir, 'transcript')) return;
  process.stderr.write(
    `The text of a session can stay in the terminal when it ends: ${self} config set transcript on\n`,
  );
}
