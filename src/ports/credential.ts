/** A credential ready for use on one upstream. */
export interface Credential {
  /** `client`: Claude Code's own login, forwarded unchanged. */
  readonly kind: 'bearer' | 'api-key' | 'client' | 'none';
  /** Empty for `none`; the complete `Authorization` header for `client`. */
  readonly token: string;
  readonly accountId: string | undefined;
  readonly origin: 'environment' | 'command' | 'stored' | 'client' | 'none';
}

export interface CredentialSource {
  /** @throws CcpError `no_credential` with the remedy; `credential_rejected` when the stored credential is unusable. */
  get(upstream: string): Promise<Credential>;
  /**
   * Returns a replacement for a credential that the upstream rejected. Called at most once per request.
   * `undefined` when there is none and the user must sign in again.
   */
  renew(upstream: string, rejected: Credential): Promise<Credential | undefined>;
  /** Resolves when no renewal is in progress. */
  settled(): Promise<void>;
}
