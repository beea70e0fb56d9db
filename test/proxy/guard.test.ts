import { describe, expect, it } from 'vitest';
import { checkCaller, checkSecret, ownLogin } from '../../src/proxy/guard.ts';

const secret = 'the-secret';

describe('the caller of the proxy', () => {
  it.each(['127.0.0.1', '127.0.0.1:8080', '127.1.2.3:1', 'localhost', 'LOCALHOST:65535', '[::1]', '[::1]:80'])(
    'with the host %s is on this machine',
    (host) => {
      expect(() => checkCaller({ host })).not.toThrow();
    },
  );

  it.each([
    undefined,
    '',
    'example.org',
    'localhost.example.org',
    'example.org:80/localhost',
    'evil-localhost',
    '127.0.0.1.example.org',
    '127.0.0',
    '127.0.0.1234',
    '128.0.0.1',
    'localhost:123456',
    'localhost:x',
    '[::2]',
  ])('with the host %s is rejected', (host) => {
    expect(() => checkCaller({ host })).toThrow(
      expect.objectContaining({ code: 'foreign_caller', message: `The Host header "${host}" is not loopback.` }),
    );
  });

  it('with a long host is rejected with a part of it', () => {
    expect(() => checkCaller({ host: 'x'.repeat(200) })).toThrow(`"${'x'.repeat(80)}"`);
  });

  it('with an origin is a web page and rejected', () => {
    for (const origin of ['https://example.org', 'null', ''])
      expect(() => checkCaller({ host: 'localhost', origin })).toThrow('Requests with an Origin header are refused.');
  });

  it('with a second host is rejected, but not with the word as a value', () => {
    const headers = { host: 'localhost' };
    expect(() => checkCaller(headers, ['Host', 'localhost', 'HOST', 'example.org'])).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: 'The request has more than one Host header.' }),
    );
    expect(() => checkCaller(headers, ['Host', 'localhost', 'x-forwarded', 'host'])).not.toThrow();
  });
});

describe('the secret of a session', () => {
  it.each([
    { 'x-ccp-secret': secret },
    { 'x-api-key': secret },
    { authorization: `Bearer ${secret}` },
    { authorization: `bearer  ${secret}` },
    { 'x-api-key': 'other', authorization: `Bearer ${secret}` },
  ])('is accepted in %j', (headers) => {
    expect(() => checkSecret(headers, secret)).not.toThrow();
  });

  it.each([
    {},
    { 'x-api-key': '' },
    { 'x-api-key': `${secret}x` },
    { authorization: secret },
    { authorization: `Basic ${secret}` },
    { authorization: `x Bearer ${secret}` },
    { 'x-ccp-secret': [secret] },
  ])('is missing in %j', (headers) => {
    expect(() => checkSecret(headers, secret)).toThrow(
      expect.objectContaining({
        code: 'wrong_secret',
        message: 'The secret of this ccp session is missing or wrong.',
      }),
    );
  });
});

describe('the login of the client', () => {
  it('is its own authorization, without the secret of the session', () => {
    expect(ownLogin({ authorization: 'Bearer fake-own' }, secret)).toBe('Bearer fake-own');
    expect(ownLogin({ authorization: `Bearer ${secret}` }, secret)).toBeUndefined();
    expect(ownLogin({ authorization: `Bearer x${secret}x` }, secret)).toBeUndefined();
    expect(ownLogin({ authorization: 'Basic fake' }, secret)).toBeUndefined();
    expect(ownLogin({}, secret)).toBeUndefined();
  });
});
