/** Where the proxy reports what telemetry needs beside its events. Nothing of it contains what a user or a model says. */
export interface RequestTrace {
  /** A request begins. @param parent headers of the client's trace. */
  begin(id: string, parent: Readonly<Record<string, string>>): void;
  /** The trace's headers for the upstream; empty when the request is not traced. */
  headers(id: string): Readonly<Record<string, string>>;
}
