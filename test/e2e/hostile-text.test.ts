/** No output of any command contains a control character that came from outside. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeJwt } from '../support/auth-server.ts';
import { type Home, makeHome } from '../support/home.ts';
import { bodyOf, LoopbackServer } from '../support/loopback.ts';
import { runCcp } from '../support/run.ts';

/** Sets the clipboard, clears the screen, forges a line, and reverses what follows. */
const evil = 'x\x1b]52;c;ZmFrZQ==\x07\x1b[2J\u009b31m\r\nccp: forged\u2028\u202eend';
/** Control characters other than the line break and the tab. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/;

class HostileHost extends LoopbackServer {
  static start(): Promise<HostileHost> {
    return new HostileHost().listening();
  }

  protected async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await bodyOf(request);
    if (request.method === 'GET') {
      const data = ['heron-1', `heron-2${evil}`, `heron\u0085-3`].map((id) => ({ id, owned_by: evil, name: evil }));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
      return;
    }
    const error = { message: `Refused ${evil}`, code: evil, type: evil, param: evil };
    response
      .writeHead(400, { 'content-type': 'application/json', 'x-request-id': 'r\u0085\u009b' })
      .end(JSON.stringify({ error }));
  }
}

let home: Home;
let host: HostileHost;
beforeEach(async () => {
  home = makeHome();
  host = await HostileHost.start();
  mkdirSync(join(home.home, '.config', 'ccp'), { recursive: true });
  writeFileSync(
    join(home.home, '.config', 'ccp', 'config.json'),
    JSON.stringify({ upstreams: { gate: { dialect: 'chat', baseUrl: host.url, auth: { type: 'none' } } } }),
  );
  mkdirSync(join(home.project, '.git'));
  writeFileSync(join(home.project, '.git', 'config'), `[remote "origin"]\n\turl = https://example.org/a/${evil}\n`);
});
afterEach(async () => {
  await host.stop();
  home.remove();
});

it('of the host, a token or the repository', async () => {
  const claims = {
    email: evil,
    exp: Math.floor(Date.now() / 1000) + 3_600,
    'https://api.openai.com/auth': { chatgpt_plan_type: evil, chatgpt_account_id: 'fake-account' },
  };
  const env = { CCP_CODEX_ACCESS_TOKEN: fakeJwt(claims), CCP_CODEX_BASE_URL: host.url };
  const receipt = join(home.project, 'receipt.json');
  const commands = [
    ['launch', '--model', 'gate/heron-1', '--receipt', receipt, '--', '-p', 'hello'],
    ['models', '--refresh'],
    ['models', '--json'],
    ['auth', 'status'],
    ['auth', 'status', '--json'],
    ['status'],
    ['status', '--json'],
    ['usage'],
    ['usage', '--csv'],
    ['usage', '--json'],
    ['logs'],
  ];
  const seen: string[] = [];
  for (const command of commands) {
    const { out, err } = await runCcp(home, command, { env });
    // The lines of CSV end in CRLF.
    const text = `${out}${err}`.replaceAll('\r\n', '\n');
    seen.push(text);
    const found = controls.exec(text);
    const around = found && text.slice(Math.max(0, found.index - 80), found.index + 80);
    expect([command.join(' '), around]).toEqual([command.join(' '), null]);
  }
  // The outputs contain what the host and the token said, and not a forged line.
  const all = seen.join('\n');
  expect(all).toContain('Refused x');
  expect(all).toContain('heron-1');
  expect(all).not.toMatch(/^ccp: forged/m);
  expect(all).not.toContain('heron-2');
}, 120_000);
