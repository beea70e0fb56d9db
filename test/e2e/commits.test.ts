/** Real commits by the real Claude Code: each names the model that wrote it, and the repository's own hooks run. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answersSince } from '../support/agent.ts';
import * as up from '../support/events.ts';
import { type Home, makeHome } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { type SeenRequest, StrictUpstream } from '../support/strict-upstream.ts';

let home: Home;
let codex: StrictUpstream;
let openai: StrictUpstream;
const git = (...args: string[]) => execFileSync('git', args, { cwd: home.project, env: home.env }).toString();
const call = (name: string, args: object, callId: string) => [
  up.created(),
  ...up.callItem(0, { name, callId, args }),
  up.completed(),
];
let calls = 0;
const commit = (text: string, extra = '') => {
  calls += 1;
  const command = `git commit --allow-empty -q -m "$(cat <<'EOF'\n${text}; git commit is only a word here\nEOF\n)"${extra}`;
  return call('Bash', { command, description: text }, `call_${calls}`);
};
const isMain = ({ body }: SeenRequest) => (body.tools ?? []).length > 3;

beforeEach(async () => {
  home = makeHome();
  calls = 0;
  codex = await StrictUpstream.start(() => up.saying('Done.'));
  openai = await StrictUpstream.start(() => up.saying('Done.'), 'openai');
  Object.assign(home.env, {
    CCP_CODEX_BASE_URL: codex.url,
    CCP_OPENAI_BASE_URL: openai.url,
    OPENAI_API_KEY: 'sk-fake-of-no-value',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  });
  git('init', '-q');
  const hook = join(home.project, '.git', 'hooks', 'commit-msg');
  mkdirSync(dirname(hook), { recursive: true });
  writeFileSync(hook, '#!/bin/sh\necho ran >> "$(git rev-parse --show-toplevel)/hook.log"\n', { mode: 0o755 });
});
afterEach(async () => {
  await codex.stop();
  await openai.stop();
  home.remove();
});

const settings = (value: object) => {
  mkdirSync(join(home.home, '.config', 'ccp'), { recursive: true });
  writeFileSync(join(home.home, '.config', 'ccp', 'config.json'), JSON.stringify(value));
};
const work = () =>
  runCcp(home, [
    ...['launch', '--model', 'codex/gpt-5.5', '--allow-metered', '--', '-p', 'commit your work'],
    ...['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash', 'Task', 'Agent'],
  ]);
/** Subject and trailers of each commit, the oldest first. */
const commits = () => git('log', '--reverse', '--format=%s|%(trailers:separator=%x2C)').trim().split('\n');

describe('a commit', () => {
  it('names the model that wrote it: before and after a switch, and by a subagent on another model', async () => {
    settings({ commitTrailer: 'on', routes: { subagent: 'openai/gpt-6-luna' } });
    let switched: Promise<unknown> | undefined;
    const say = (request: SeenRequest, first: () => ReturnType<typeof commit>) =>
      answersSince(request).length === 0 ? first() : up.saying('Committed.');
    openai.script = (request) => {
      if (request.body.model === 'gpt-6-luna') return say(request, () => commit('by the agent'));
      return request.text.includes('after the switch') ? up.saying('All committed.') : commit('after the switch');
    };
    codex.script = async (request) => {
      if (!isMain(request)) return up.saying('Done.');
      const answers = answersSince(request).length;
      if (answers === 0) return commit('before the switch', ' && echo committed');
      if (answers === 1) {
        calls += 1;
        return call(
          'Agent',
          { description: 'Commit', prompt: 'Commit too.', subagent_type: 'general-purpose' },
          `call_${calls}`,
        );
      }
      switched = runCcp(home, ['switch', 'openai/gpt-5.5', '--yes']);
      await switched;
      return commit('still codex');
    };
    const { code, out, err } = await work();
    expect(`${code} ${out} ${err.includes('refused')}`).toBe('0 All committed.\n false');
    expect(commits()).toEqual([
      'before the switch; git commit is only a word here|Assisted-by: Claude Code:gpt-5.5',
      'by the agent; git commit is only a word here|Assisted-by: Claude Code:gpt-6-luna',
      'still codex; git commit is only a word here|Assisted-by: Claude Code:gpt-5.5',
      'after the switch; git commit is only a word here|Assisted-by: Claude Code:gpt-5.5',
    ]);
    expect(readFileSync(join(home.project, 'hook.log'), 'utf8')).toBe('ran\n'.repeat(4));
    expect([codex.complaints, openai.complaints]).toEqual([[], []]);
    // Claude Code does not tell the model to name itself.
    expect(codex.requests.at(-1)?.text).not.toMatch(/Co-Authored-By/i);
  });

  it('has the trailer of the policy, also against the settings, or none', async () => {
    home.env.CCP_MANAGED_POLICY = join(home.home, 'managed.json');
    const policy = (commitTrailer: unknown) =>
      writeFileSync(join(home.home, 'managed.json'), JSON.stringify({ version: 1, commitTrailer }));
    const script = (text: string) => (request: SeenRequest) =>
      isMain(request) && answersSince(request).length === 0 ? commit(text) : up.saying('Committed.');
    settings({ commitTrailer: 'off' });
    policy('Reviewed-model: {upstream}/{model}');
    codex.script = script('marked');
    expect((await work()).out).toBe('Committed.\n');
    settings({ commitTrailer: 'on' });
    policy(false);
    codex.script = script('not marked');
    expect((await work()).out).toBe('Committed.\n');
    expect(commits()).toEqual([
      'marked; git commit is only a word here|Reviewed-model: codex/gpt-5.5',
      'not marked; git commit is only a word here|',
    ]);
  });

  it('that the rules of Claude Code deny stays denied', async () => {
    settings({ commitTrailer: 'on' });
    mkdirSync(join(home.project, '.claude'), { recursive: true });
    writeFileSync(
      join(home.project, '.claude', 'settings.json'),
      JSON.stringify({ permissions: { deny: ['Bash(git commit --allow-empty:*)'] } }),
    );
    codex.script = (request) =>
      isMain(request) && answersSince(request).length === 0 ? commit('denied') : up.saying('Not committed.');
    expect((await work()).out).toBe('Not committed.\n');
    expect(codex.requests.at(-1)?.text).toMatch(/has been denied/);
    expect(git('count-objects')).toMatch(/^0 objects/);
  });
});
