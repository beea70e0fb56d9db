import { connect } from 'node:net';

/** Sends bytes to a port of 127.0.0.1 and returns everything that is received until the connection ends. */
export const rawRequest = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(text));
    socket.on('data', (chunk) => {
      received += String(chunk);
    });
    socket.once('close', () => resolve(received));
    socket.once('error', reject);
  });
