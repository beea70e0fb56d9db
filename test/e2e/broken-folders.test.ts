/** Folders and files that cannot be used: every command says which and what to do, and prints no stack. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, makeHome } from '../support/home.ts';
import { runCcp } from '../support/run.ts';

let home: Home;
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());

/** Puts the other kind of thing in a place: also root cannot use it then. */
const block = (path: string, kind: 'file' | 'folder') => {
  const full = join(home.home, path);
  rmSync(full, { recursive: true, force: true });
  mkdirSync(dirname(full), { recursive: true });
  if (kind === 'file') writeFileSync(full, 'in the way');
  else mkdirSync(full);
};
const noStack = /\n {4}at |node:internal|node:fs/;
const launch = ['launch', '--demo', '--', '-p', 'hello'];

describe('a place that is taken', () => {
  it.each<[string, 'file' | 'folder', string[], string]>([
    ['.state/ccp', 'file', launch, 'a part of the path is a file'],
    ['.state/ccp', 'file', ['serve'], 'a part of the path is a file'],
    ['.state/ccp/logs', 'file', ['serve'], 'logs cannot be written'],
    ['.state/ccp/audit.jsonl', 'folder', ['policy', 'check'], 'audit.jsonl cannot be opened: it is a folder'],
    ['.config/ccp', 'file', ['config', 'set', 'model', 'gpt-5.5'], 'ccp'],
    ['.config/ccp/config.json', 'folder', ['models'], 'config.json'],
    ['.config/ccp/credentials', 'file', ['auth', 'login', 'openai'], 'credentials'],
    ['.state/ccp/ledger', 'file', ['usage'], 'ledger'],
    ['.state/ccp/run', 'file', ['status'], 'run'],
    ['.state/ccp/logs/proxy.log', 'folder', ['logs'], 'proxy.log'],
  ])('%s is a %s: ccp %j says so', async (path, kind, args, words) => {
    block(path, kind);
    const { code, out, err } = await runCcp(home, args, { input: 'sk-fake-of-no-value\n' });
    expect([code, err]).toEqual([expect.any(Number), expect.stringContaining(words)]);
    expect(code).not.toBe(0);
    expect(out + err).not.toMatch(noStack);
  });

  it.each(['.state/ccp/ledger', '.state/ccp/audit.jsonl', '.state/ccp/walls', '.state/ccp/policy-overrides.json'])(
    '%s stops no session',
    async (path) => {
      block(path, path.endsWith('.json') || path.endsWith('.jsonl') ? 'folder' : 'file');
      const { code, out, err } = await runCcp(home, launch);
      expect([code, out.includes('demo model')]).toEqual([0, true]);
      expect(out + err).not.toMatch(noStack);
    },
  );
});

it('without a terminal and a command, three things to do are named; a flag of Claude Code is explained', async () => {
  expect((await runCcp(home, [])).out).toMatch(/launch -- -p "PROMPT"[\s\S]* serve [\s\S]* help /);
  expect((await runCcp(home, ['launch', '--verbose'])).err).toContain(
    'Options of Claude Code stand after --: ccp launch -- --verbose',
  );
});
