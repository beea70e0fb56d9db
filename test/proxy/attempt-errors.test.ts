import { describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { notAStream, reportedError, type SentRequest } from '../../src/proxy/attempt-errors.ts';

const request = (more: Partial<SentRequest> = {}): SentRequest => ({
  upstream: { name: 'nest', startHint: undefined },
  credential: { token: 'Bearer fake-token' },
  prepared: { body: { text: '{"input":"A sentence of the request that is long enough to be noticed in an error."}' } },
  ...more,
});
const report = (thrown: unknown, more: Partial<SentRequest> = {}) => reportedError(thrown, request(more));

describe('what a transport throws is reported', () => {
  it('with the hint of an upstream that is not running', () => {
    const thrown = new CcpError('unreachable', 'No connection to nest.');
    const hint = { upstream: { name: 'nest', startHint: 'Start it with `nest serve`.' } };
    expect(report(thrown, hint)).toMatchObject({
      code: 'unreachable',
      message: 'No connection to nest. Start it with `nest serve`.',
    });
    expect(report(thrown)).toBe(thrown);
    const failed = new CcpError('upstream_failed', 'nest failed.');
    expect(report(failed, hint)).toBe(failed);
  });

  it('without the token, in every place, with and without its scheme', () => {
    for (const token of ['Bearer fake-token', 'bearer  fake-token', 'fake-token'])
      expect(
        report(new CcpError('credential_rejected', 'Bad fake-token (fake-token).'), { credential: { token } }),
      ).toMatchObject({ code: 'credential_rejected', message: 'Bad [redacted] ([redacted]).' });
    const thrown = new CcpError('credential_rejected', 'Bad token.');
    expect(report(thrown, { credential: { token: '' } })).toBe(thrown);
  });

  it('without the text of the request', () => {
    const { text } = request().prepared.body;
    const echoed = report(new CcpError('upstream_invalid', `Cannot read ${text}.`));
    expect(echoed).toBeInstanceOf(CcpError);
    expect((echoed as CcpError).message).not.toContain('A sentence of the request');
  });

  it('as a broken answer when its size or shape exceeds a limit', () => {
    const cause = new RangeError('an event exceeds 8 MB');
    expect(report(cause)).toMatchObject({ code: 'garbage', message: 'nest: an event exceeds 8 MB.', cause });
  });

  it.each([
    Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
    Object.assign(new Error('bad header'), { name: 'HTTPParserError' }),
  ])('as a reset when the connection broke: %s', (cause) => {
    expect(report(cause)).toMatchObject({
      code: 'reset',
      message: 'nest closed the connection during the response.',
      cause,
    });
  });

  it.each([new TypeError('x is not a function'), Object.assign(new Error('odd'), { code: 7 }), 'a string', undefined])(
    'unchanged when it is an error in ccp: %s',
    (thrown) => {
      expect(report(thrown)).toBe(thrown);
    },
  );
});

it.each([
  [200, { 'content-type': 'text/html' }, 'HTTP 200 text/html instead'],
  [204, {}, 'HTTP 204 without a content type instead'],
  [302, { 'content-type': 'text/plain\x1b[2J', location: '/login' }, 'HTTP 302 text/plain [2J (a redirect) instead'],
])('a response %i that is no stream names its status and type', (status, headers, words) => {
  const error = notAStream({ status, headers }, request());
  expect(error.code).toBe('not_a_stream');
  expect(error.message).toBe(`nest answered ${words} of an event stream. Check the base URL.`);
});
