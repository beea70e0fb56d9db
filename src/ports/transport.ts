/** Sends requests to upstreams: over HTTP or a WebSocket, or to the demo upstream in the same process. */

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
  /** Raw bytes. Leaving a `for await` loop early destroys the stream. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Transport {
  /**
   * Resolves when the response headers are received.
   * @throws CcpError `unreachable`, `no_headers`, `reset`; the abort reason when `signal` aborts.
   */
  send(request: UpstreamRequest, options: { signal: AbortSignal; headersTimeoutMs: number }): Promise<UpstreamAnswer>;
}
