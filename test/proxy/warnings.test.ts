import { expect, it } from 'vitest';
import { Warnings } from '../../src/proxy/warnings.ts';

it('a warning is new once, until five hundred others came', () => {
  const warnings = new Warnings();
  expect([warnings.isNew('a'), warnings.isNew('a'), warnings.isNew('b')]).toEqual([true, false, true]);
  for (let n = 2; n < 500; n++) expect(warnings.isNew(`${n}`)).toBe(true);
  expect(warnings.isNew('a')).toBe(false);
  expect(warnings.isNew('one more')).toBe(true);
  expect([warnings.isNew('one more'), warnings.isNew('a')]).toEqual([false, true]);
});
