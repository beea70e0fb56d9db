/** A launch without a login offers to sign in, instead of failing. */
import type { AppContext } from '../../app/context.ts';
import { cancelled, keyOf } from './keys.ts';
import { login } from './login.ts';

/** Somebody is there to be asked. */
export const canPrompt = (): boolean =>
  process.stdin.isTTY === true && process.stdout.isTTY === true && process.stderr.isTTY === true;

/**
 * @param model what was to be launched.
 * @param problem why it cannot be.
 * @returns what the user chose instead, once they are signed in.
 * @throws UserError when they leave.
 */
export async function promptSignIn(
  model: string,
  upstream: string,
  problem: string,
  context: AppContext,
): Promise<'signed in' | 'try demo'> {
  const profile = (await context.credentials()).loginOf(upstream);
  const [byBrowser, byCode] = [profile?.browser !== undefined, profile?.device !== undefined];
  const choices: readonly (readonly [key: string, label: string, what: string])[] = [
    ...(byBrowser ? ([['\r', 'Enter', 'sign in with the browser']] as const) : []),
    ...(byCode && byBrowser ? ([['c', 'c', 'sign in with a code, on any device']] as const) : []),
    ...(byCode && !byBrowser ? ([['\r', 'Enter', 'sign in with a code, on any device']] as const) : []),
    ...(profile ? [] : ([['\r', 'Enter', 'give an API key']] as const)),
    ['d', 'd', 'try the demo, which needs no account'],
    ['q', 'q', 'leave'],
  ];
  const title = profile === undefined ? '' : ` (${profile.title})`;
  const list = choices.map(([, label, what]) => `  ${label.padEnd(7)}${what}`).join('\n');
  process.stderr.write(`${model} runs on ${upstream}${title}. ${problem}\n\n${list}\n\n`);
  const key = await keyOf(choices.map(([char]) => char));
  if (key === 'q') throw cancelled();
  if (key === 'd') return 'try demo';
  await login(upstream, { device: key === 'c', consent: false, apiKey: false }, context);
  return 'signed in';
}
