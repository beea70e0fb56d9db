/** A launch without a login offers to sign in, instead of failing. */
import { CcpError } from '../../errors/ccp-error.ts';
import { hasSubcommand } from '../../launch/claude-args.ts';
import { nameOf } from '../../models/find.ts';
import { type Context, isOpen, routesFor } from '../context.ts';
import { credentialsOf, loginProfiles, withSomebody } from '../credentials.ts';
import type { LaunchFlags } from '../session-start.ts';
import { cancelled, keyOf } from './keys.ts';
import { login } from './login.ts';

/**
 * @returns the flags to go on with: those given, or the demo's.
 * @throws UserError when the user leaves.
 */
export async function offerLogin(flags: LaunchFlags, args: readonly string[], context: Context): Promise<LaunchFlags> {
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true && process.stderr.isTTY === true;
  if (!terminal || hasSubcommand(args)) return flags;
  const { main } = routesFor(flags, context);
  // Anthropic's own models run on Claude Code's own login.
  if (isOpen(main.upstream, context) || main.upstream === 'anthropic') return flags;
  const problem = await missing(main.upstream, context);
  if (problem === undefined) return flags;
  const profile = loginProfiles.find(({ upstream }) => upstream === main.upstream);
  const choices = [
    ...(profile?.browser ? [['\r', 'Enter', 'sign in with the browser']] : []),
    ...(profile?.device
      ? [[profile.browser ? 'c' : '\r', profile.browser ? 'c' : 'Enter', 'sign in with a code, on any device']]
      : []),
    ...(profile ? [] : [['\r', 'Enter', 'give an API key']]),
    ['d', 'd', 'try the demo, which needs no account'],
    ['q', 'q', 'leave'],
  ] as const;
  const title = profile === undefined ? '' : ` (${profile.title})`;
  process.stderr.write(
    `${nameOf(main)} runs on ${main.upstream}${title}. ${problem}\n\n${choices.map(([, label, what]) => `  ${(label ?? '').padEnd(7)}${what}`).join('\n')}\n\n`,
  );
  const key = await keyOf(choices.map(([char]) => char ?? ''));
  if (key === 'q') throw cancelled();
  if (key === 'd') return { ...flags, demo: true, model: undefined, fastModel: undefined };
  await login(main.upstream, { device: key === 'c', consent: false, apiKey: false }, context);
  return flags;
}

/** Why there is none; `undefined` where there is one, or where signing in would not help. */
async function missing(upstream: string, context: Context): Promise<string | undefined> {
  try {
    await credentialsOf(context, withSomebody).source.check(upstream);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof CcpError)) throw thrown;
    if (thrown.code === 'no_credential') return 'There is no login for it yet.';
    return thrown.code === 'credential_rejected' && !credentialsOf(context).store.isForeign(upstream)
      ? thrown.message.replace(/ Run `.*$/, '')
      : undefined;
  }
}
