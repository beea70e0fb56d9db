import { CcpError } from '../errors/ccp-error.ts';
import type { OAuthDocument } from './document.ts';

/** Only signing in again helps. */
export function loginExpired(upstream: string, document: OAuthDocument | undefined): CcpError {
  const { code, lost } = document?.ended ?? {};
  const why =
    code === undefined
      ? 'has expired'
      : lost
        ? `was lost when a renewal was interrupted (${code})`
        : `has ended (${code})`;
  return new CcpError('credential_rejected', `The login for ${upstream} ${why}. Run \`ccp auth login ${upstream}\`.`, {
    upstreamCode: code,
  });
}
