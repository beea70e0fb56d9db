/** Tokens that the user's programs print: when a program runs, and what becomes of its output. */
import { describe, expect, it } from 'vitest';
import { type CommandOutput, CommandTokens } from '../../src/credentials/command-tokens.ts';
import { credentialCommand } from '../../src/launch/credential-command.ts';
import { FakeClock } from '../support/fake-clock.ts';

const ttlMs = 60_000;
const remedy = 'Run the helper in a shell.';

function make(...outputs: (string | CommandOutput)[]) {
  const clock = new FakeClock();
  const runs: string[] = [];
  const run = async (words: readonly string[]): Promise<CommandOutput> => {
    const output = outputs[Math.min(runs.length, outputs.length - 1)] ?? '';
    runs.push(words.join(' '));
    return typeof output === 'string' ? { ok: true, output } : output;
  };
  const tokens = new CommandTokens([{ upstream: 'gate', words: ['helper', 'a b'], ttlMs, remedy }], run, clock);
  return { clock, runs, tokens };
}
const tokenOf = async (tokens: CommandTokens) => (await tokens.get('gate'))?.token;

describe('the token of a command', () => {
  it('is used for its time', async () => {
    const { clock, runs, tokens } = make('fake-1\n', 'fake-2');
    expect(await tokens.get('gate')).toEqual({
      kind: 'bearer',
      token: 'fake-1',
      accountId: undefined,
      origin: 'command',
    });
    clock.advance(ttlMs - 1);
    expect(await tokenOf(tokens)).toBe('fake-1');
    expect(runs).toEqual(['helper a b']);
    clock.advance(1);
    expect(await tokenOf(tokens)).toBe('fake-2');
  });

  it('is printed once for requests at the same time', async () => {
    const { runs, tokens } = make('fake-1');
    expect(await Promise.all([tokenOf(tokens), tokenOf(tokens)])).toEqual(['fake-1', 'fake-1']);
    expect(runs).toHaveLength(1);
  });

  it('is replaced when it is rejected, once for all requests that had it', async () => {
    const { runs, tokens } = make('fake-1', 'fake-2');
    await tokens.get('gate');
    expect((await tokens.renew('gate', 'fake-1'))?.token).toBe('fake-2');
    expect((await tokens.renew('gate', 'fake-1'))?.token).toBe('fake-2');
    expect(runs).toHaveLength(2);
    expect(await tokens.renew('gate', 'fake-2')).toBeUndefined();
  });

  it.each([
    ['', 'it printed no token'],
    ['two words', 'it printed no token'],
    ['two\nlines', 'it printed no token'],
    ['fake\u001b[31m', 'it printed no token'],
    ['x'.repeat(16_385), 'it printed no token'],
    [{ ok: false, reason: 'exit code 3' }, 'exit code 3'],
  ])(
    'that cannot be used is an error with the remedy, and the next request tries again: %j',
    async (output, reason) => {
      const { runs, tokens } = make(output as string | CommandOutput);
      for (let attempt = 0; attempt < 2; attempt++)
        await expect(tokens.get('gate')).rejects.toMatchObject({
          code: 'no_credential',
          message: expect.stringMatching(
            new RegExp(`^The command for the token of gate failed: ${reason}.*\\. ${remedy}$`),
          ),
        });
      expect(runs).toHaveLength(2);
      await expect(tokens.renew('gate', 'fake-old')).rejects.toMatchObject({ code: 'no_credential' });
    },
  );

  it('is none for other upstreams', async () => {
    const { tokens, runs } = make('fake-1');
    expect([tokens.has('gate'), tokens.has('other')]).toEqual([true, false]);
    expect([await tokens.get('other'), await tokens.renew('other', 'x')]).toEqual([undefined, undefined]);
    expect(runs).toEqual([]);
  });
});

describe('a program that prints a token', () => {
  const run = credentialCommand({ MINE: 'yes', PATH: process.env.PATH });
  const node = (code: string, ...args: string[]) => run([process.execPath, '-e', code, ...args]);

  it('gets its arguments unchanged and only the environment given', async () => {
    process.env.CCP_TEST_OTHER = 'fake-other';
    const code = 'console.log([process.argv[1], process.env.MINE, process.env.CCP_TEST_OTHER].join("|"))';
    expect(await node(code, '$HOME; `id` "x"')).toEqual({ ok: true, output: '$HOME; `id` "x"|yes|' });
    delete process.env.CCP_TEST_OTHER;
  });

  it.each([
    ['process.exit(3)', 'exit code 3'],
    ['console.log("fake-token"); console.error("fake-token"); process.exit(1)', 'exit code 1'],
    ['process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 1e6)', 'SIGKILL'],
    ['console.log("x".repeat(100000)); setTimeout(() => {}, 1e6)', 'it printed more than 64 KiB'],
  ])('that fails says how, and nothing of its output: %s', async (code, reason) => {
    expect(await node(code)).toEqual({ ok: false, reason });
  });

  it('that does not exist is named by the system', async () => {
    expect(await run(['/nonexistent/helper'])).toEqual({ ok: false, reason: 'ENOENT' });
  });

  it('does not wait for input', async () => {
    expect(await node('process.stdin.on("end", () => console.log("ended")).resume()')).toEqual({
      ok: true,
      output: 'ended',
    });
  });
});
