/** `ccp switch MODEL`: switches a route of a running session from another shell. */

import type { AppContext } from '../app/context.ts';
import { credentialProblem } from '../app/credential-problem.ts';
import { modelChoices } from '../app/model-choices.ts';
import { routeOf } from '../app/routes.ts';
import { upstreamIn } from '../app/upstreams.ts';
import { UserError } from '../errors/user-error.ts';
import { isRouteClass, type RouteClass, routeClasses } from '../routing/classes.ts';
import { impactOf } from '../session/impact.ts';
import type { ModelChoice } from '../session/ui.ts';
import { type Run, readRuns } from '../storage/run-files.ts';
import { cancelledError, readKey } from './auth/keys.ts';
import { type ControlAnswer, callControl, errorMessage } from './control-client.ts';
import { isState, runNamed } from './runs.ts';

const explainAfterMs = 500;
/** Longer than the proxy waits for the confirmation. */
const confirmationTimeoutMs = 6 * 60_000;

export interface SwitchFlags {
  readonly session: string | undefined;
  readonly class: string | undefined;
  readonly yes: boolean;
}

export async function switchModel(model: string, flags: SwitchFlags, context: AppContext): Promise<number> {
  const routeClass = flags.class ?? 'main';
  if (!isRouteClass(routeClass))
    throw new UserError(`--class: "${routeClass}" is not one of ${routeClasses.join(', ')}.`, 2);
  const { target } = routeOf(model, 'ccp switch', context, routeClass);
  const upstream = upstreamIn(context.upstreams, target.upstream);
  const run = runNamed(flags.session, readRuns(context.paths.runDir), context.env.ANTHROPIC_BASE_URL);
  const body = await callControl(run, 'GET', '/ccp/state').then(
    (response) => response.body,
    () => undefined,
  );
  if (!isState(body))
    throw new UserError(`The session ${run.session} does not answer. \`ccp status\` lists the running ones.`);
  // A session on Claude Code's own login has a credential that this shell does not have.
  const clientLoginUpstreams = context.upstreams
    .filter(({ acceptsClientLogin }) => acceptsClientLogin)
    .map(({ name }) => name);
  const onClientLogin = body.recent.some(
    ({ route, costKind }) =>
      costKind === 'plan' && route !== undefined && clientLoginUpstreams.includes(route.upstream),
  );
  const choices = await modelChoices(context, onClientLogin, body.quotas);
  const choice = choices.find((one) => one.upstream === target.upstream && one.model === target.model);
  const name = `${target.upstream}/${target.model}`;
  const problem = onClientLogin && upstream.acceptsClientLogin ? undefined : await credentialProblem(upstream, context);
  if (problem !== undefined) throw new UserError(`${name} cannot be used: ${problem}`);
  if (!choice)
    process.stderr.write(`${routeClass} of ${run.session} → ${name}\n  Its window and price are not known.\n`);
  else {
    const impact = impactOf(choice, body, routeClass, currentChoice(choices, routeClass, body.routes));
    process.stderr.write(
      `${routeClass} of ${run.session} → ${name}\n${impact.lines.map((line) => `  ${line}\n`).join('')}`,
    );
    if (impact.refused) throw new UserError('Not switched.');
  }
  if (!flags.yes) await confirm();
  const response = await requestSwitch(run, routeClass, name);
  if (response.status !== 200) throw new UserError(`Not switched: ${errorMessage(response.body)}`);
  process.stdout.write(`Switched ${routeClass} of ${run.session}: new requests go to ${name}.\n`);
  return 0;
}

/** The proxy replies late when the switch must be confirmed on the session's screen. */
async function requestSwitch(run: Run, routeClass: RouteClass, model: string): Promise<ControlAnswer> {
  const explain = setTimeout(
    () => process.stderr.write(`Waiting until this is confirmed on the screen of ${run.session} …\n`),
    explainAfterMs,
  );
  try {
    return await callControl(run, 'POST', '/ccp/route', { class: routeClass, model }, confirmationTimeoutMs);
  } finally {
    clearTimeout(explain);
  }
}

const currentChoice = (
  choices: readonly ModelChoice[],
  routeClass: RouteClass,
  routes: readonly { routeClass: string; upstream: string; model: string }[],
): ModelChoice | undefined => {
  const route = routes.find((one) => one.routeClass === routeClass) ?? routes.find((one) => one.routeClass === 'main');
  return choices.find((one) => one.upstream === route?.upstream && one.model === route?.model);
};

async function confirm(): Promise<void> {
  if (process.stdin.isTTY !== true)
    throw new UserError('Without a terminal this cannot be confirmed. Add --yes to switch.', 2);
  process.stderr.write('Switch? [y/N] ');
  const key = await readKey(['y', 'n', '\r', '\x1b', 'q']);
  process.stderr.write(key === 'y' ? 'yes\n' : 'no\n');
  if (key !== 'y') throw cancelledError();
}
