import { CcpError } from '../errors/ccp-error.ts';
import type { OAuthDocument } from './document.ts';

/** The error for a login that has ended: the user must sign in again. */
export function loginExpired(upstream: string, document: OAuthDocument | undefined): CcpError {
  const { code, lost } = document?.ended ?? {};
  const problem =
    code === undefined
      ? 'has expired'
      : lost
        ? `was lost when a renewal was interrupted (${code})`
        : `has ended (${code})`;
  return new CcpError(
    'credential_rejected',
    `The login for ${upstream} ${problem}. Run \`ccp auth login ${upstream}\`.`,
    {
      upstreamCode: code,
    },
  );
}
