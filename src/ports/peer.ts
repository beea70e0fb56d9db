/** A connection from another process of this machine. */
export interface PeerConnection {
  /** The port of the peer. */
  readonly port: number;
  /** The port of this process. */
  readonly localPort: number;
}
