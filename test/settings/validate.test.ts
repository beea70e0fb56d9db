import { describe, expect, it } from 'vitest';
import { isTooDeep, pathText, settingsIssues } from '../../src/settings/validate.ts';

describe('settings from a hostile file', () => {
  it('may not contain a member called __proto__ at any depth', () => {
    for (const text of ['{"__proto__":{}}', '{"upstreams":{"__proto__":{"models":5}}}', '{"routes":[{"__proto__":1}]}'])
      expect(settingsIssues(JSON.parse(text))).toMatchObject([{ message: 'is not a valid name' }]);
  });

  it('are too deep from 101 levels on, whatever strings contain', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(isTooDeep(nested(100))).toBe(false);
    expect(isTooDeep(nested(101))).toBe(true);
    expect(isTooDeep(JSON.stringify({ text: '["\\'.repeat(500) }))).toBe(false);
    expect(isTooDeep('['.repeat(5_000_000))).toBe(true);
  });

  it('are named without control characters', () => {
    expect(pathText(['routes', '\x1b]0;title\x07', 1])).toBe('routes.?]0;title?[1]');
  });
});
