/** `ccp launch` with the TUI. */

import { nameOf, windowOf } from '../models/find.ts';
import { routeClasses } from '../routing/classes.ts';
import type { RouteView } from '../session/events.ts';
import { initialState } from '../session/state.ts';
import type { ModelChoice } from '../session/ui.ts';
import { catalogueNow } from './catalogue.ts';
import { type Context, costKindOf, upstreamNames } from './context.ts';
import { callControl, errorMessage } from './control-client.ts';
import { credentialProblem } from './credential-problem.ts';
import { checkReceipt, giveReceipt } from './receipt.ts';
import { screenEnvironment } from './screen-environment.ts';
import { terminalSize } from './screen-program.ts';
import { ScreenSession } from './screen-session.ts';
import { type LaunchFlags, planSession, startSession } from './session-start.ts';

export async function launchOnScreen(flags: LaunchFlags, args: readonly string[], context: Context): Promise<number> {
  terminalSize();
  checkReceipt(flags.receipt);
  const plan = await planSession(flags, args, context);
  const control = { url: '', controlToken: '' };
  const screen = new ScreenSession({
    context,
    layout: flags.layout,
    name: plan.id,
    state: initialState(Date.now(), routeViews(plan.routes.table.routes, context)),
    choices: await modelChoices(context, plan.ownLogin),
    onSwitch: async (model) => {
      const { status, body } = await callControl(control, 'POST', '/ccp/route', { class: 'main', model });
      return status === 200 ? `Switched: new requests go to ${model}.` : `Not switched: ${errorMessage(body)}`;
    },
  });
  let lost: string | undefined;
  const session = await startSession(plan, context, {
    onEvents: (events) => screen.publish(events),
    onNotice: (text) => screen.notice(text),
    onLost: (text) => {
      lost = text;
      screen.end();
    },
    asksUser: true,
  });
  control.url = session.proxy.url;
  control.controlToken = session.controlToken;
  let exitCode = 1;
  try {
    exitCode = await screen.run({ ...session.claude, env: screenEnvironment(session.claude.env) }, (pid) =>
      session.proxy.announceClaude({ pid, group: true, terminal: screen.rescue }),
    );
    return exitCode;
  } finally {
    await session.proxy.stop();
    if (lost !== undefined) process.stderr.write(`ccp: ${lost}\n`);
    const resume = /claude --resume ([\w-]+)/.exec(screen.text.join('\n'))?.[1];
    if (resume !== undefined)
      process.stderr.write(
        `Resume with: ${context.self} launch${plan.flags.demo ? ' --demo' : ''} -- --resume ${resume}\n`,
      );
    giveReceipt(screen.state, plan.id, exitCode, flags.receipt);
  }
}

const routeViews = (
  routes: Awaited<ReturnType<typeof planSession>>['routes']['table']['routes'],
  context: Context,
): RouteView[] =>
  routeClasses.flatMap((routeClass) => {
    const route = routes[routeClass];
    if (route === undefined) return [];
    const { target, effort } = route;
    return [
      {
        routeClass,
        upstream: target.upstream,
        model: target.model,
        effort,
        contextWindow: windowOf(target),
        costKind: costKindOf(target.upstream, context),
      },
    ];
  });

async function modelChoices(context: Context, ownLogin: boolean): Promise<ModelChoice[]> {
  const missing = new Map<string, string | undefined>();
  for (const upstream of upstreamNames(context)) missing.set(upstream, await credentialProblem(upstream, context));
  // This session has Claude Code's own login.
  if (ownLogin) missing.delete('anthropic');
  const choices = catalogueNow(context).map(
    (row): ModelChoice => ({
      name: nameOf({ upstream: row.upstream, model: row.id, row }),
      upstream: row.upstream,
      model: row.id,
      contextWindow: row.contextWindow,
      costKind: costKindOf(row.upstream, context),
      price: row.price,
      unlisted: row.unlisted ?? false,
      unavailable: missing.get(row.upstream),
    }),
  );
  // What can be chosen comes first; the catalogue's order within.
  return choices.sort((a, b) => Number(a.unavailable !== undefined) - Number(b.unavailable !== undefined));
}
