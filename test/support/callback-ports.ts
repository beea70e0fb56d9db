/**
 * The codex sign-in listens on 1455 or 1457: no other port is registered for it. Test files of several checkouts that
 * run at the same time on one machine take turns: whoever listens on 1456 may use the two ports.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';

const turnPort = 1456;

async function tryListen(): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.listen(turnPort, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

/** Waits in this file's `beforeAll` until no other test file uses the ports. */
export function takeCallbackPorts(): void {
  let turn: Server | undefined;
  beforeAll(async () => {
    while (turn === undefined) turn = (await tryListen()) ?? (await delay(50, undefined));
  }, 120_000);
  afterAll(() => {
    turn?.close();
    turn = undefined;
  });
}
