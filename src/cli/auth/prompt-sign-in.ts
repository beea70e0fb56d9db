/** Prompts for a sign-in when a launch has no login, instead of failing. */
import type { AppContext } from '../../app/context.ts';
import { startLine } from '../../terminal/start-line.ts';
import { cancelledError, readKey } from './keys.ts';
import { login } from './login.ts';

/** Whether stdin, stdout and stderr are all terminals. */
export const canPrompt = (): boolean =>
  process.stdin.isTTY === true && process.stdout.isTTY === true && process.stderr.isTTY === true;

/**
 * @param model name of the model to launch.
 * @param problem why it cannot be used.
 * @returns the user's choice, after the sign-in is complete.
 * @throws UserError when the user quits.
 */
export async function promptSignIn(
  model: string,
  upstream: string,
  problem: string,
  context: AppContext,
): Promise<'signed in' | 'try demo'> {
  startLine.clear();
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
  const key = await readKey(choices.map(([char]) => char));
  if (key === 'q') throw cancelledError();
  if (key === 'd') return 'try demo';
  await login(upstream, { device: key === 'c', consent: false, apiKey: false }, context);
  return 'signed in';
}
