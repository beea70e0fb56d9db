/** Ends the work on a request: when Claude Code closes it, and when Claude Code would not wait any longer. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';
import { Watchdog } from './watch.ts';

/** A JSON response cannot be kept alive, and the client times out after 300 s. */
const jsonAnswerLimitMs = 285_000;

export interface Connection {
  readonly raw: ServerResponse;
  /** Emits `close` also for a response that is queued behind another on the same connection. */
  readonly socket: Socket;
}

/** @returns stops listening. */
export function abortOnClose({ raw, socket }: Connection, abort: AbortController): () => void {
  const onClose = () => {
    if (!raw.writableFinished) abort.abort(new CcpError('cancelled', 'Claude Code closed the request.'));
  };
  raw.on('close', onClose);
  socket.on('close', onClose);
  if (socket.destroyed) onClose();
  return () => {
    raw.off('close', onClose);
    socket.off('close', onClose);
  };
}

/** For a response without streaming. @returns stops the limit. */
export function abortAtTimeLimit(clock: Clock, abort: AbortController): () => void {
  const limit = new Watchdog(clock, jsonAnswerLimitMs, () =>
    abort.abort(
      new CcpError('answer_timeout', 'The response exceeded the 285 s limit for requests without streaming.'),
    ),
  );
  return () => limit.stop();
}
