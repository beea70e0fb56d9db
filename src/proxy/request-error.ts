/** What is wrong with a request that the HTTP server rejects before it is handled. */
import { CcpError } from '../errors/ccp-error.ts';
import { bodyLimitBytes } from './request-bodies.ts';

const codeOf = (thrown: Error): unknown => ('code' in thrown ? thrown.code : undefined);
const statusOf = (thrown: Error): number => ('statusCode' in thrown ? Number(thrown.statusCode) : 500);

/** @returns `undefined` if it is an error in ccp. */
export function requestError(thrown: unknown): CcpError | undefined {
  if (thrown instanceof CcpError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  if (codeOf(thrown) === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new CcpError('body_too_large', `The request exceeds ${bodyLimitBytes / 1024 / 1024} MiB.`);
  const status = statusOf(thrown);
  if (status >= 400 && status < 500) return new CcpError('invalid_request', thrown.message);
  return thrown instanceof RangeError ? new CcpError('invalid_request', '$: nested too deep.') : undefined;
}

/** A path that does not exist. Its query may contain secrets. */
export const notFoundError = (method: string, url: string): CcpError =>
  new CcpError('not_found', `There is no ${method} ${url.split('?')[0]} here.`);
