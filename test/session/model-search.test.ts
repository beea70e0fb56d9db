import { describe, expect, it } from 'vitest';
import { recentFirst, searchModels } from '../../src/session/model-search.ts';
import type { ModelChoice } from '../../src/session/ui.ts';

const choice = (name: string, unavailable?: string) => {
  const [upstream = '', model = ''] = name.split('/');
  return { upstream, model, unavailable } as ModelChoice;
};
const choices = ['codex/gpt-5.5', 'openai/gpt-5.5', 'kimi/k3', 'openai/gpt-6-luna', 'google/gemini-3-pro'].map((name) =>
  choice(name),
);
const names = (list: readonly ModelChoice[]) => list.map(({ upstream, model }) => `${upstream}/${model}`);

describe('a search for models', () => {
  it.each([
    ['', names(choices)],
    ['gpt', ['codex/gpt-5.5', 'openai/gpt-5.5', 'openai/gpt-6-luna']],
    ['oai 5', ['openai/gpt-5.5']],
    ['  LUNA ', ['openai/gpt-6-luna']],
    ['g6l', ['openai/gpt-6-luna']],
    // As it is written comes before its letters elsewhere.
    ['pro', ['google/gemini-3-pro']],
    ['k3', ['kimi/k3']],
    ['gem3', ['google/gemini-3-pro']],
    ['3k', []],
  ])('for %j', (text, expected) => {
    expect(names(searchModels(choices, text))).toEqual(expected);
  });

  it('has an exact name first, also before models in use', () => {
    const list = [choice('demo/demo-fast'), choice('other/demo-x'), choice('demo/demo')];
    for (const text of ['demo/demo', 'Demo ']) expect(names(searchModels(list, text))[0]).toBe('demo/demo');
    expect(names(searchModels(list, 'dem'))[0]).toBe('demo/demo-fast');
  });

  it('has the closest match first', () => {
    const list = [choice('a/g-x-p-x-t'), choice('a/g-p-t'), choice('a/gpt')];
    expect(names(searchModels(list, 'gpt'))).toEqual(['a/gpt', 'a/g-p-t', 'a/g-x-p-x-t']);
  });
});

it('models in use come first, the others keep their order, and none that cannot be chosen', () => {
  const list = [...choices, choice('old/one', 'not logged in')];
  const used = ['kimi/k3', 'old/one', 'openai/gpt-6-luna', 'kimi/k3'];
  expect(names(recentFirst(list, used))).toEqual([
    ...['kimi/k3', 'openai/gpt-6-luna', 'codex/gpt-5.5', 'openai/gpt-5.5', 'google/gemini-3-pro', 'old/one'],
  ]);
});
