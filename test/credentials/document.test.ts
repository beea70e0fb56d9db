import { describe, expect, it } from 'vitest';
import { documentText, readDocument } from '../../src/credentials/document.ts';
import { loginExpired } from '../../src/credentials/login-expired.ts';
import { fakeJwt } from '../support/auth-server.ts';

const login = {
  type: 'oauth' as const,
  accessToken: 'fake-access',
  refreshToken: 'fake-refresh',
  expiresAt: 10,
  accountId: 'acct',
  email: 'person@example.org',
  plan: 'plus',
  clientId: 'client',
  earliestRefreshAt: 11,
  refreshedAt: 12,
  lifetimeMs: 13,
  ended: { code: 'reused', at: 14, lost: true as const },
};

describe('a credential file', () => {
  it('with a login is read with every member and written as it was', () => {
    const json = { version: 1, ...login, note: 'newer', nested: { a: 1 } };
    const document = readDocument(json);
    expect(document).toEqual({ ...login, other: { note: 'newer', nested: { a: 1 } } });
    if (document === undefined) throw new Error('not read');
    expect(documentText(document)).toBe(`${JSON.stringify(json)}\n`);
  });

  it('with an API key is read, and members of a login in it are kept', () => {
    const json = { version: 1, type: 'api-key', apiKey: 'sk-fake', accessToken: 'kept', note: 'newer' };
    const document = readDocument(json);
    expect(document).toEqual({ type: 'api-key', apiKey: 'sk-fake', other: { accessToken: 'kept', note: 'newer' } });
    if (document === undefined) throw new Error('not read');
    expect(JSON.parse(documentText(document))).toEqual(json);
  });

  it.each([
    ['no object', [login]],
    ['no version', login],
    ['another version', { ...login, version: 2 }],
    ['another type', { ...login, version: 1, type: 'sealed', apiKey: 'sk-fake' }],
    ['no access token', { ...login, version: 1, accessToken: undefined }],
    ['an empty access token', { ...login, version: 1, accessToken: ' ' }],
    ['a number as the access token', { ...login, version: 1, accessToken: 5 }],
    ['no API key', { version: 1, type: 'api-key', accessToken: 'fake' }],
    ['an API key with a blank', { version: 1, type: 'api-key', apiKey: 'sk fake' }],
    ['an API key with a line break', { version: 1, type: 'api-key', apiKey: 'sk\nfake' }],
    ['an API key with a letter that no header allows', { version: 1, type: 'api-key', apiKey: 'sk-fäke' }],
  ])('with %s is not a credential', (_name, json) => {
    expect(readDocument(json)).toBeUndefined();
  });

  it('written by hand may have line breaks around its tokens and lack the rest', () => {
    const expiresAt = 1_900_000_000;
    const accessToken = fakeJwt({ exp: expiresAt });
    expect(
      readDocument({ version: 1, type: 'oauth', accessToken: `\n${accessToken}\n`, refreshToken: ' r\n' }),
    ).toEqual({ type: 'oauth', accessToken, refreshToken: 'r', expiresAt: expiresAt * 1000, other: {} });
    expect(readDocument({ version: 1, type: 'api-key', apiKey: 'sk-fake\n' })).toMatchObject({ apiKey: 'sk-fake' });
  });

  it('has its own expiry time before the one of the token', () => {
    const accessToken = fakeJwt({ exp: 5 });
    expect(readDocument({ version: 1, type: 'oauth', accessToken, expiresAt: 7 })).toMatchObject({ expiresAt: 7 });
  });

  it('loses members of the wrong type and control characters in names', () => {
    expect(
      readDocument({
        version: 1,
        type: 'oauth',
        accessToken: 'fake',
        refreshToken: 'two words',
        expiresAt: '10',
        accountId: 7,
        email: 'a\x1b[31mb',
        plan: 'plus\n',
        clientId: {},
        earliestRefreshAt: null,
        ended: { code: 7, at: 1 },
      }),
    ).toEqual({ type: 'oauth', accessToken: 'fake', email: 'a [31mb', plan: 'plus', other: {} });
  });

  it.each([
    [
      { code: 'reused', at: 1 },
      { code: 'reused', at: 1 },
    ],
    [
      { code: 'reused', at: 1, lost: true },
      { code: 'reused', at: 1, lost: true },
    ],
    [
      { code: 'reused', at: 1, lost: 'yes' },
      { code: 'reused', at: 1 },
    ],
    [{ code: 'reused', at: '1' }, undefined],
    [{ at: 1 }, undefined],
    ['reused', undefined],
  ])('with the end %j of a login has the end %j', (ended, expected) => {
    expect(readDocument({ version: 1, type: 'oauth', accessToken: 'fake', ended })).toHaveProperty('ended', expected);
  });
});

describe('the error for a login that has ended', () => {
  it.each([
    [undefined, 'The login for kimi has expired. Run `ccp auth login kimi`.'],
    [{ code: 'reused', at: 1 }, 'The login for kimi has ended (reused). Run `ccp auth login kimi`.'],
    [
      { code: 'reused', at: 1, lost: true as const },
      'The login for kimi was lost when a renewal was interrupted (reused). Run `ccp auth login kimi`.',
    ],
  ])('of %j says how and what to do', (ended, message) => {
    const error = loginExpired('kimi', { ...login, ended });
    expect(error).toMatchObject({ code: 'credential_rejected', message, upstreamCode: ended?.code ?? '' });
  });

  it('is made without a document', () => {
    expect(loginExpired('kimi', undefined).message).toContain('has expired');
  });
});
