/** How a request reaches an upstream. The real one is HTTP; the demo upstream answers in-process through the same port. */

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface UpstreamAnswer {
  readonly status: number;
  /** Lower-case names; repeated headers joined by comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Raw bytes. Leaving the loop early destroys the stream. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Transport {
  /**
   * Resolves once response headers are in.
   * @throws CcpError `unreachable`, `no_headers`, `reset`; the abort reason when `signal` aborts.
   */
  send(request: UpstreamRequest, options: { signal: AbortSignal; headersTimeoutMs: number }): Promise<UpstreamAnswer>;
}
