import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOnUserTerminal } from '../../src/platform/peer-terminal.ts';
import { openPty, type Pty } from '../../src/terminal/pty.ts';

let server: Server;
let port: number;
let url: string;
const sockets: Socket[] = [];
const ptys: Pty[] = [];
beforeEach(async () => {
  server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  url = `http://127.0.0.1:${port}`;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const pty of ptys.splice(0)) pty.kill('SIGKILL');
  server.close();
});

const peerOf = (socket: Socket) => ({ port: socket.remotePort ?? 0, localPort: port });

/** Connects from a program on a terminal of its own. */
async function connectFromTerminal(env: Record<string, string> = {}): Promise<Socket> {
  const connected = once(server, 'connection');
  const script = `require('net').connect(${port}, '127.0.0.1').on('error', () => {})`;
  ptys.push(openPty({ path: process.execPath, args: ['-e', script], env, cwd: process.cwd(), cols: 80, rows: 24 }));
  const [socket] = await connected;
  return socket;
}

describe.skipIf(process.platform !== 'linux')('a program at the other end of a connection', () => {
  it('on a terminal is on a terminal of the user', async () => {
    const socket = await connectFromTerminal();
    expect(isOnUserTerminal(peerOf(socket), { launcher: undefined, url })).toBe(true);
  });

  it('that the session started is not, also with a terminal', async () => {
    const socket = await connectFromTerminal();
    expect(isOnUserTerminal(peerOf(socket), { launcher: process.pid, url })).toBe(false);
  });

  it('with the address of the proxy in its environment is not', async () => {
    const socket = await connectFromTerminal({ ANTHROPIC_BASE_URL: url });
    expect(isOnUserTerminal(peerOf(socket), { launcher: undefined, url })).toBe(false);
  });

  it('without a socket that can be found is not', async () => {
    expect(isOnUserTerminal({ port: 1, localPort: port }, { launcher: undefined, url })).toBe(false);
  });

  it('whose socket the proxy holds as well is judged by each holder', async () => {
    const client = connect(port, '127.0.0.1');
    sockets.push(client);
    const [socket] = await once(server, 'connection');
    // This process is the launcher.
    expect(isOnUserTerminal(peerOf(socket), { launcher: process.pid, url })).toBe(false);
  });
});
