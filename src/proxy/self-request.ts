/** A request of ccp to its own proxy: it is routed, charged and shown like one of Claude Code. */
import { request } from 'node:http';

/** @returns the body of the response. Rejects for another status than 200. */
export const postTo = (port: number, secret: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const sent = request({ host: '127.0.0.1', port, path: '/v1/messages', method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response
        .on('error', reject)
        .on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    sent.on('error', reject).end(body);
  });
