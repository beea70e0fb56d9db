/** A credential ready for use on one upstream. */
export interface Credential {
  /** `client`: Claude Code's own login, passed on as it came. */
  readonly kind: 'bearer' | 'api-key' | 'client' | 'none';
  /** Empty for `none`; the whole header for `client`. */
  readonly token: string;
  readonly accountId: string | undefined;
  readonly origin: 'environment' | 'stored' | 'client' | 'none';
}

export interface CredentialSource {
  /** @throws CcpError `no_credential` with what to do; `credential_rejected` when the stored one is unusable. */
  get(upstream: string): Promise<Credential>;
  /**
   * Another credential for one that the upstream rejected; asked once a request.
   * `undefined` when there is none: signing in again is all that is left.
   */
  renew(upstream: string, rejected: Credential): Promise<Credential | undefined>;
  /** Resolves when nothing is being renewed. */
  settled(): Promise<void>;
}
