import { expect, it } from 'vitest';
import { admit } from '../../src/proxy/admission.ts';
import type { Admission, BudgetKeeper } from '../../src/proxy/budget-keeper.ts';
import { Warnings } from '../../src/proxy/warnings.ts';
import type { Candidate } from '../../src/routing/candidate.ts';
import type { RequestClass } from '../../src/routing/classes.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { candidate } from '../support/routing.ts';

const request = validateRequest({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'x' }] });
const price = { input: 0, output: 2, cacheRead: 0, date: '2026-11-01' } as unknown as Candidate['price'];

function make(views: readonly object[] = [{}]) {
  const admitted: Admission[] = [];
  const warnings: string[] = [];
  const context = {
    budget: {
      views: () => views,
      admit: async (admission: Admission) => void admitted.push(admission),
    } as unknown as BudgetKeeper,
    warnings: new Warnings(),
    onWarning: (message: string) => void warnings.push(message),
    confirmUnknownPrice: async () => {},
  };
  const run = (more: Partial<Candidate>, requestClass: RequestClass = 'turn', hasBudgetSubstitute = false) =>
    admit(
      candidate('heron-1', more),
      request,
      { id: 'r', requestClass, hasBudgetSubstitute, signal: new AbortController().signal },
      context,
    );
  return { run, admitted, warnings };
}

it('a request is admitted with its maximum cost, and a compaction in any case without a substitute', async () => {
  const { run, admitted, warnings } = make();
  await run({ costKind: 'metered', price });
  await run({ costKind: 'metered', price }, 'compaction');
  await run({ costKind: 'plan', price });
  await run({ costKind: 'metered', price }, 'compaction', true);
  expect(admitted).toMatchObject([
    { id: 'r', maxMicroUsd: 20, isExempt: false, signal: expect.any(AbortSignal) },
    { maxMicroUsd: 20, isExempt: true },
    { maxMicroUsd: undefined, isExempt: false },
    // The substitute finishes it.
    { maxMicroUsd: 20, isExempt: false },
  ]);
  expect(warnings).toEqual([]);
});

it('a model without a known price is named once, if there is a budget', async () => {
  const { run, warnings } = make();
  await run({ costKind: 'metered', price: undefined });
  await run({ costKind: 'metered', price: undefined });
  await run({ costKind: 'unknown', price });
  expect(warnings).toEqual([
    expect.stringMatching(/^no price is known for .*heron-1: its cost is not counted in the budget$/),
  ]);
  const unknown = make();
  await unknown.run({ costKind: 'unknown', price });
  expect(unknown.warnings).toHaveLength(1);
  const without = make([]);
  await without.run({ costKind: 'unknown' });
  expect(without.warnings).toEqual([]);
  expect(without.admitted).toHaveLength(1);
});
