/** The real store and refresher in this process, with an in-memory keychain. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandTokens } from '../../src/credentials/command-tokens.ts';
import { Install } from '../../src/credentials/install.ts';
import { Keychain } from '../../src/credentials/keychain.ts';
import { chatgptLogin } from '../../src/credentials/logins/chatgpt.ts';
import { codexLogin } from '../../src/credentials/logins/codex.ts';
import { kimiLogin } from '../../src/credentials/logins/kimi.ts';
import type { AuthContext, LoginIo } from '../../src/credentials/logins/profile.ts';
import { Refresher } from '../../src/credentials/refresher.ts';
import { type CredentialRow, credentialSource } from '../../src/credentials/source.ts';
import { CredentialStore } from '../../src/credentials/store.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { RunHelper } from '../../src/ports/helper.ts';
import { httpTransport } from '../../src/upstream/http-transport.ts';
import { SwiftClock } from './swift-clock.ts';
import { allUpstreams } from './upstreams.ts';

/** Credential rows of the registered upstreams. */
const loginRows: readonly CredentialRow[] = allUpstreams()
  .filter(({ auth }) => !auth.isOptional)
  .map(({ name, auth }) => ({
    upstream: name,
    variables: auth.variables,
    kind: auth.takesApiKeys ? 'api-key' : 'bearer',
    account: auth.accountVariable,
  }));

export class FakeKeychain {
  value: string | null = null;
  state: 'open' | 'locked' | 'mute' | 'absent' = 'open';
  asked = 0;

  readonly run: RunHelper = async (request) => {
    this.asked += 1;
    if (this.state === 'mute') return undefined;
    if (this.state === 'absent') return { state: 'failed', reason: 'Cannot autolaunch D-Bus without X11 $DISPLAY' };
    if (request.do === 'set') {
      if (this.state === 'locked') return { state: 'failed', reason: 'Cannot create an item in a locked collection' };
      this.value = String(request.value);
    }
    if (request.do === 'delete') this.value = null;
    return { state: 'done', value: request.do === 'get' && this.state === 'open' ? this.value : null };
  };
}

export function makeCredentials({
  authUrl = 'http://127.0.0.1:1',
  mode = 'off',
  env = {},
  folder = mkdtempSync(join(tmpdir(), 'ccp-credentials-')),
  keychain = new FakeKeychain(),
  early = true,
}: {
  authUrl?: string;
  mode?: 'auto' | 'off';
  env?: Record<string, string>;
  folder?: string;
  keychain?: FakeKeychain;
  early?: boolean;
} = {}) {
  const clock = new SwiftClock();
  const news: string[] = [];
  const store = new CredentialStore({ folder, keychain: new Keychain(keychain.run, systemClock, 3_000), mode });
  const world: AuthContext = {
    http: httpTransport('127.0.0.1'),
    authUrl,
    clock,
    install: new Install(folder),
    version: 'test',
  };
  const refresher = new Refresher({
    store,
    folder,
    worldOf: () => world,
    shield: (work) => work,
    onNews: (_upstream, text) => news.push(text),
  });
  const profiles = [codexLogin, chatgptLogin, kimiLogin];
  const commands = new CommandTokens([], async () => ({ ok: false, reason: 'no command' }), clock);
  const source = credentialSource({ env, rows: loginRows, store, refresher, profiles, commands, clock, early });
  return {
    folder,
    keychain,
    news,
    store,
    world,
    source,
    refresher,
    write: (upstream: string, content: unknown) =>
      writeFileSync(
        join(folder, `${upstream}.json`),
        typeof content === 'string' ? content : JSON.stringify({ version: 1, ...Object(content) }),
        { mode: 0o600 },
      ),
    read: (upstream: string): Record<string, unknown> =>
      JSON.parse(readFileSync(join(folder, `${upstream}.json`), 'utf8')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A scripted user. `visit` receives the sign-in URL, and `lines` are typed one after the other. */
export function person(visit: (url: string) => unknown = () => {}, lines: readonly string[] = []) {
  const said: string[] = [];
  const abort = new AbortController();
  const pendingLines = [...lines];
  const io: LoginIo = {
    say: (text) => void said.push(text),
    open: async (url) => {
      said.push(url);
      void visit(url);
    },
    wait: () => () => {},
    line: () => {
      const line = pendingLines.shift();
      return line === undefined ? new Promise(() => {}) : Promise.resolve(line);
    },
    signal: abort.signal,
  };
  return { io, said, abort };
}
