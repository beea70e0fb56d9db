import { describe, expect, it } from 'vitest';
import { accountIdOf, accountOf, claimsOf } from '../../src/credentials/claims.ts';
import { fakeJwt } from '../support/auth-server.ts';

const auth = 'https://api.openai.com/auth';
const profile = 'https://api.openai.com/profile';

describe('the claims of a token', () => {
  it('are the JSON of its second part', () => {
    expect(claimsOf(fakeJwt({ sub: 'ü>?' }))).toEqual({ sub: 'ü>?' });
  });

  it.each(['', 'opaque', 'a.b.c', `a.${Buffer.from('["x"]').toString('base64url')}.c`])('of %j are empty', (token) => {
    expect(claimsOf(token)).toEqual({});
    expect(accountOf(token)).toEqual({});
  });
});

describe('the account of a token', () => {
  it('has the id at the top level before the one of OpenAI and the first organisation', () => {
    const claims = { chatgpt_account_id: 'top', [auth]: { chatgpt_account_id: 'own' }, organizations: [{ id: 'org' }] };
    expect(accountIdOf(fakeJwt(claims))).toBe('top');
    expect(accountIdOf(fakeJwt({ ...claims, chatgpt_account_id: 1 }))).toBe('own');
    expect(accountIdOf(fakeJwt({ organizations: [{ id: 'org' }, { id: 'second' }] }))).toBe('org');
    expect(accountIdOf(fakeJwt({ organizations: [] }))).toBeUndefined();
  });

  it('has an address, a plan and an expiry time in milliseconds', () => {
    expect(
      accountOf(fakeJwt({ exp: 5, [auth]: { chatgpt_plan_type: 'pro\n' }, [profile]: { email: 'a\x1b@example.org' } })),
    ).toEqual({ accountId: undefined, email: 'a @example.org', plan: 'pro', expiresAt: 5_000 });
    expect(accountOf(fakeJwt({ email: 'top', [profile]: { email: 'own' } })).email).toBe('top');
    expect(accountOf(fakeJwt({ exp: 'soon' })).expiresAt).toBeUndefined();
  });
});
