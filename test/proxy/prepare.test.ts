import { expect, it } from 'vitest';
import { prepareFor, sentModel } from '../../src/proxy/prepare.ts';
import type { RejectedFields } from '../../src/proxy/rejected-fields.ts';
import type { Candidate } from '../../src/routing/candidate.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import type { PrepareOptions } from '../../src/translate/dialect.ts';
import { candidate } from '../support/routing.ts';

it('a request is prepared with what is known of the model, the account, the client and earlier rejections', () => {
  const request = validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }] });
  const prepared: unknown[] = [];
  const row = { id: 'heron-1', sendAs: 'heron-1-latest' };
  const make = (target: object) =>
    candidate('heron-1', {
      effort: 'high',
      target: { upstream: 'codex', model: 'heron-1', ...target },
      upstream: { name: 'codex', translator: { prepare: (...args: unknown[]) => prepared.push(args) } },
    } as unknown as Partial<Candidate>);
  const run = (target: object, accountId: string | undefined) => {
    prepareFor(
      make(target),
      request,
      { headers: { a: 'b' }, login: undefined, sessionId: 's', agentId: undefined, agentType: undefined },
      { kind: 'bearer', token: 'fake', accountId, origin: 'stored' },
      { of: (...names: string[]) => ({ fields: new Set(names), reasoning: new Set() }) } as unknown as RejectedFields,
      { hash: (text: string) => `${text}-hash-of-many-letters`, clockTime: String, clock: { now: () => 5 } } as never,
    );
    const [first, options] = prepared.pop() as [unknown, PrepareOptions];
    expect(first).toBe(request);
    return options;
  };
  const options = run({ row, priority: true }, 'acct');
  expect(options).toMatchObject({
    model: 'heron-1-latest',
    row,
    effort: 'high',
    priority: true,
    account: 'acct-hash-of',
    sessionId: 's',
    client: { a: 'b' },
    rejected: { fields: new Set(['codex', 'heron-1-latest']) },
  });
  expect(options.ports.now()).toBe(5);
  expect(run({}, undefined)).toMatchObject({ model: 'heron-1', priority: false, account: '', row: undefined });
  expect(sentModel(make({ row }))).toBe('heron-1-latest');
});
