/** What a login flow needs, with a scripted auth server at `https://auth.example`, and a user who does nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Install } from '../../src/credentials/install.ts';
import type { AuthContext, LoginIo } from '../../src/credentials/logins/profile.ts';
import { InstantClock } from './instant-clock.ts';
import { ScriptedTransport } from './scripted-transport.ts';

export function authWorld(...responses: ConstructorParameters<typeof ScriptedTransport>) {
  const folder = mkdtempSync(join(tmpdir(), 'ccp-auth-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const http = new ScriptedTransport(...responses);
  const clock = new InstantClock();
  const install = new Install(folder);
  const world: AuthContext = { http, authUrl: 'https://auth.example', clock, install, version: '1.2.3' };
  return { world, http, clock, install };
}

/** A user without a browser and without input. */
export function nobody() {
  const said: string[] = [];
  const opened: string[] = [];
  const abort = new AbortController();
  const io: LoginIo = {
    say: (text) => void said.push(text),
    open: async (url) => void opened.push(url),
    wait: () => () => {},
    line: () => new Promise(() => {}),
    signal: abort.signal,
  };
  return { io, said, opened, abort };
}
