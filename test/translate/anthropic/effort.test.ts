import { describe, expect, it } from 'vitest';
import type { Effort, ModelRow } from '../../../src/models/types.ts';
import { clampEffort, requestedEffort, wantsThinking } from '../../../src/translate/anthropic/effort.ts';
import { validateRequest } from '../../../src/translate/anthropic/validate.ts';

const requestOf = (more: Record<string, unknown>) =>
  validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...more });
const rowWith = (...efforts: Effort[]) => ({ efforts }) as unknown as ModelRow;

describe('the requested effort', () => {
  it.each([
    [0, 'low'],
    [3_999, 'low'],
    [4_000, 'medium'],
    [15_999, 'medium'],
    [16_000, 'high'],
    [31_999, 'high'],
    [32_000, 'xhigh'],
  ])('for a budget of %i tokens is %s', (budget_tokens, effort) => {
    expect(requestedEffort(requestOf({ thinking: { type: 'enabled', budget_tokens } }), undefined)).toBe(effort);
  });

  it.each([
    [{ output_config: { effort: 'max' }, thinking: { type: 'enabled', budget_tokens: 1 } }, 'max'],
    [{ output_config: { effort: 'max' }, thinking: { type: 'disabled' } }, 'none'],
    [{ output_config: { effort: 'max' }, thinking: { type: 'adaptive' } }, 'max'],
    [{ output_config: { effort: 'max' } }, undefined],
    [{ output_config: { effort: 'extreme' }, thinking: { type: 'adaptive' } }, undefined],
    [{ thinking: { type: 'adaptive', budget_tokens: 1 } }, undefined],
    [{ thinking: { type: 'enabled', budget_tokens: '1' } }, undefined],
    [{}, undefined],
  ])('in %j is %s', (more, effort) => {
    expect(requestedEffort(requestOf(more), undefined)).toBe(effort);
  });

  it('of the route is used before the one of the client', () => {
    expect(requestedEffort(requestOf({ thinking: { type: 'disabled' } }), 'high')).toBe('high');
  });
});

describe('an effort the model does not support', () => {
  it.each<[Effort, Effort[], Effort]>([
    ['high', ['low', 'high'], 'high'],
    ['xhigh', ['low', 'medium', 'high'], 'high'],
    ['medium', ['low', 'high'], 'low'],
    ['none', ['low', 'high'], 'low'],
    ['max', [], 'max'],
  ])('%s is replaced by the nearest of %j: %s', (requested, supported, expected) => {
    expect(clampEffort(requested, rowWith(...supported))).toBe(expected);
  });

  it('is limited to low … xhigh for an unknown model', () => {
    expect(clampEffort('max', undefined)).toBe('xhigh');
    expect(clampEffort('none', undefined)).toBe('low');
    expect(clampEffort('medium', undefined)).toBe('medium');
  });
});

describe('thinking', () => {
  it.each([
    ['adaptive', true],
    ['enabled', true],
    ['between_tools', true],
    ['disabled', false],
    [undefined, false],
  ])('of type %s is wanted: %s', (type, expected) => {
    expect(wantsThinking(requestOf({ thinking: { type } }))).toBe(expected);
    expect(wantsThinking(requestOf({}))).toBe(false);
  });
});
