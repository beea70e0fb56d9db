import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Resolves when the last byte of a response is flushed, or when its connection is closed. */
export const waitForFlush = (
  raw: Pick<ServerResponse, 'writableFinished' | 'destroyed' | 'once'>,
  socket: Pick<Socket, 'destroyed' | 'once'>,
): Promise<void> =>
  new Promise((resolve) => {
    if (raw.writableFinished || raw.destroyed || socket.destroyed) return resolve();
    raw.once('finish', resolve);
    raw.once('close', resolve);
    // A response that is queued behind another does not emit `close` itself.
    socket.once('close', () => resolve());
  });
