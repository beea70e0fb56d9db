import { describe, expect, it } from 'vitest';
import { fallbackModels, fallbackNotice } from '../../src/launch/fallback-model.ts';
import type { SessionEvent } from '../../src/session/events.ts';

describe('the fallback models of Claude Code', () => {
  it.each<[string[], string[]]>([
    [[], []],
    [['--fallback-model', 'codex/luna'], ['codex/luna']],
    [
      ['-p', '--fallback-model=codex/luna, heron-1[1m]'],
      ['codex/luna', 'heron-1'],
    ],
    [['--fallback-model'], []],
    [['--fallback-model', ','], []],
    [['--', '--fallback-model', 'x'], []],
  ])('are read from %j', (args, models) => {
    expect(fallbackModels(args)).toEqual(models);
  });
});

const started = (requestedModel: string, requestClass: 'turn' | 'title' = 'turn'): SessionEvent => ({
  type: 'request_started',
  at: 0,
  id: 'r',
  requestClass,
  requestedModel,
});

describe('a turn on a fallback model', () => {
  it('is said once each time Claude Code moves to it', () => {
    const notice = fallbackNotice(['codex/luna', 'wren-1']);
    const text = 'Claude Code’s --fallback-model acts: it asks for codex/luna, because the main model failed.';
    expect(
      [
        started('heron-1[1m]'),
        started('codex/luna', 'title'),
        started('codex/luna[1m]'),
        started('codex/luna'),
        started('heron-1'),
        started('codex/luna'),
      ].map(notice),
    ).toEqual([undefined, undefined, text, undefined, undefined, text]);
  });

  it('is not said without the flag', () => {
    expect(fallbackNotice([])(started('heron-1'))).toBeUndefined();
  });
});
