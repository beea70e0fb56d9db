/** A credential ready for use on one upstream. */
export interface Credential {
  readonly kind: 'bearer' | 'api-key' | 'none';
  /** Empty for `none`. */
  readonly token: string;
  readonly accountId: string | undefined;
  readonly origin: 'environment' | 'stored' | 'none';
}

export interface CredentialSource {
  /** @throws CcpError `no_credential` with what to do; `credential_rejected` when the stored one is unusable. */
  get(upstream: string): Promise<Credential>;
}
