import { describe, expect, it } from 'vitest';
import { logLine } from '../../src/session/log-line.ts';

const line = (more: Record<string, unknown> = {}) =>
  JSON.stringify({
    level: 40,
    time: '2026-11-20T10:00:00.000Z',
    pid: 7,
    session: 's-1',
    id: 'req_abc',
    msg: 'slow',
    ...more,
  });
const show = (text: string, filter = {}) => logLine(text, filter, (iso) => iso.slice(11, 19));

describe('a line of the log', () => {
  it('is time, level, message, route and members, without what says nothing to a reader', () => {
    expect(
      show(
        line({
          route: { upstream: 'codex', model: 'gpt-5.5', effort: 'low' },
          waitMs: 20,
          empty: '',
          none: null,
          tokens: { a: 1 },
        }),
      ),
    ).toEqual({ level: 'warn', time: '10:00:00', text: 'slow  codex/gpt-5.5  id=req_abc  waitMs=20  tokens={"a":1}' });
  });

  it.each([
    [{ level: 'warn' }, true],
    [{ level: 'error' }, false],
    [{ session: 's-1' }, true],
    [{ session: 's-2' }, false],
    [{ id: 'req_a' }, true],
    [{ id: 'req_b' }, false],
    [{ level: 'info', session: 's-1', id: 'req_abc' }, true],
  ] as const)('is filtered by %j: %s', (filter, isShown) => {
    expect(show(line(), filter) !== undefined).toBe(isShown);
  });

  it.each([
    [10, 'debug'],
    [20, 'debug'],
    [30, 'info'],
    [50, 'error'],
    [60, 'error'],
    ['x', 'info'],
  ])('of level %j is %s', (level, name) => {
    expect(show(line({ level }))?.level).toBe(name);
  });

  it('that is none is shown as it is, cleaned, unless there is a filter', () => {
    expect(show('torn line')).toEqual({ level: 'info', time: '', text: 'torn line' });
    expect(show('torn', { level: 'debug' })).toBeUndefined();
    expect(show(line({ msg: 'a\u001b]0;title\u0007b' }))?.text).not.toMatch(/[\u001b\u0007]/);
  });
});
