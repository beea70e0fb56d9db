import { expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { notFoundError, requestError } from '../../src/proxy/request-error.ts';

const own = new CcpError('budget_exceeded', 'Used up.');
const http = (statusCode: number, code?: string) =>
  Object.assign(new Error('words'), { statusCode, ...(code === undefined ? {} : { code }) });

it.each<[string, unknown, unknown]>([
  ['an error of ccp', own, own],
  [
    'a body that is too large',
    http(413, 'FST_ERR_CTP_BODY_TOO_LARGE'),
    { code: 'body_too_large', message: 'The request exceeds 64 MiB.' },
  ],
  ['a malformed request', http(400), { code: 'invalid_request', message: 'words' }],
  ['another fault of the client', http(499, 'FST_OTHER'), { code: 'invalid_request', message: 'words' }],
  [
    'a request that is nested too deep',
    new RangeError('stack'),
    { code: 'invalid_request', message: '$: nested too deep.' },
  ],
])('%s has an error of its own', (_name, thrown, wanted) => {
  expect(requestError(thrown)).toMatchObject(wanted as object);
});

it.each([http(399), http(500), new Error('none'), new TypeError('x'), 'text', undefined, { statusCode: 400 }])(
  '%s is an error in ccp',
  (thrown) => {
    expect(requestError(thrown)).toBeUndefined();
  },
);

it('a path that does not exist is named without its query', () => {
  expect(notFoundError('GET', '/v2/x?key=secret')).toMatchObject({
    code: 'not_found',
    message: 'There is no GET /v2/x here.',
  });
});
