import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AuthorizationGrant, browserLogin } from '../../src/credentials/browser-login.ts';
import type { LoginIo } from '../../src/credentials/logins/profile.ts';
import { authWorld } from '../support/auth-world.ts';
import { FakeClock } from '../support/fake-clock.ts';

interface Asked {
  readonly redirectUri: string;
  readonly state: string;
  readonly challenge: string;
}

/** Signs in on a free port. `visit` acts after the browser was opened, and `lines` gives the pasted lines. */
function make({
  visit = () => {},
  lines = () => new Promise(() => {}),
  exchange = async () => 'fake-token',
  isCancelled = false,
}: {
  visit?: (asked: Asked) => unknown;
  lines?: (asked: Asked) => Promise<string>;
  exchange?: (granted: AuthorizationGrant) => Promise<string>;
  isCancelled?: boolean;
} = {}) {
  const clock = new FakeClock();
  const start = clock.now();
  const abort = new AbortController();
  if (isCancelled) abort.abort(new Error('Cancelled before'));
  const said: string[] = [];
  const opened: string[] = [];
  const waits: string[] = [];
  let asked: Asked = { redirectUri: '', state: '', challenge: '' };
  let granted: AuthorizationGrant | undefined;
  const io: LoginIo = {
    say: (text) => void said.push(text),
    open: async (url) => {
      opened.push(url);
      void visit(asked);
    },
    wait: (what, endsAt) => {
      waits.push(`${what}, ${endsAt - start} ms`);
      return () => void waits.push('stopped');
    },
    line: () => lines(asked),
    signal: abort.signal,
  };
  const result = browserLogin(
    {
      ports: [0],
      redirectHost: '127.0.0.1',
      authorizeUrl: (parameters) => {
        asked = parameters;
        return `https://auth.example/authorize?state=${parameters.state}`;
      },
    },
    { ...authWorld().world, clock },
    io,
    (grant) => {
      granted = grant;
      return exchange(grant);
    },
  );
  return { result, clock, said, opened, waits, abort, asked: () => asked, granted: () => granted };
}

/** Acts as a browser on this machine. */
const pages: Promise<Response>[] = [];
const arrive =
  (query = 'code=fake-code') =>
  ({ redirectUri, state }: Asked) => {
    pages.push(fetch(`${redirectUri}?state=${state}&${query}`));
  };
const lastPage = async () => {
  const page = await pages.pop();
  return { status: page?.status, text: await page?.text() };
};

describe('a sign-in with the browser', () => {
  it('opens the address of the server and exchanges the code with its PKCE verifier', async () => {
    const login = make({ visit: arrive() });
    expect(await login.result).toBe('fake-token');
    const { redirectUri, state, challenge } = login.asked();
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/auth\/callback$/);
    expect(login.opened).toEqual([`https://auth.example/authorize?state=${state}`]);
    const granted = login.granted();
    expect(granted).toMatchObject({ redirectUri, state });
    expect(granted?.url.searchParams.get('code')).toBe('fake-code');
    expect(
      createHash('sha256')
        .update(granted?.verifier ?? '')
        .digest('base64url'),
    ).toBe(challenge);
    expect(login.waits).toEqual(['Waiting for the browser, 900000 ms', 'stopped']);
    expect((await lastPage()).status).toBe(200);
    expect(login.clock.pending).toBe(0);
    await expect(fetch(redirectUri)).rejects.toThrow();
  });

  it('has another state and another challenge each time', async () => {
    const [one, two] = [make({ visit: arrive() }), make({ visit: arrive() })];
    await Promise.all([one.result, two.result]);
    expect(one.asked().state).not.toBe(two.asked().state);
    expect(one.asked().challenge).not.toBe(two.asked().challenge);
    await Promise.all(pages.splice(0));
  });

  it.each([new Error('no tokens'), 'no tokens'])('shows in the browser why the exchange failed: %s', async (thrown) => {
    const login = make({ visit: arrive(), exchange: () => Promise.reject(thrown) });
    await expect(login.result).rejects.toBe(thrown);
    expect(await lastPage()).toMatchObject({
      status: 400,
      text: expect.stringContaining('The sign-in did not work: no tokens'),
    });
  });

  it.each([
    ['error=access_denied', 'The sign-in was denied in the browser.'],
    ['error=access_denied&error_description=by+you', 'The sign-in was denied in the browser. by you'],
    ['error=server_error', 'The sign-in failed: server_error.'],
    [`error=odd%1b[2J&error_description=token+${'a'.repeat(30)}`, 'The sign-in failed: odd [2J, token ….'],
  ])('that ends with %s fails without an exchange', async (query, message) => {
    const login = make({ visit: arrive(query) });
    await expect(login.result).rejects.toMatchObject({ message });
    expect(login.granted()).toBeUndefined();
    expect((await lastPage()).status).toBe(400);
  });

  it('ends after fifteen minutes', async () => {
    const login = make();
    const ended = expect(login.result).rejects.toThrow(
      'The sign-in was not finished within 15 minutes. Run `ccp auth login` again.',
    );
    await expect.poll(() => login.clock.pending).toBe(1);
    login.clock.advance(15 * 60_000 - 1);
    expect(login.clock.pending).toBe(1);
    login.clock.advance(1);
    await ended;
    expect(login.waits.at(-1)).toBe('stopped');
  });

  it('ends when it is cancelled, before or while it waits', async () => {
    const login = make();
    const ended = expect(login.result).rejects.toThrow('Cancelled');
    await expect.poll(() => login.waits.length).toBe(1);
    login.abort.abort(new Error('Cancelled'));
    await ended;
    await expect(make({ isCancelled: true }).result).rejects.toThrow('Cancelled before');
  });
});

describe('a pasted address', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]'])('on %s completes the sign-in', async (host) => {
    const login = make({
      lines: async ({ redirectUri, state }) =>
        `  ${redirectUri.replace('127.0.0.1', host)}?state=${state}&code=pasted\n`,
    });
    expect(await login.result).toBe('fake-token');
    expect(login.granted()?.url.searchParams.get('code')).toBe('pasted');
    expect(login.said).toEqual([]);
  });

  it('is asked for again until it is the one of this sign-in', async () => {
    const typed: ((asked: Asked) => string)[] = [
      () => '  ',
      () => 'nonsense',
      ({ redirectUri, state }) => `${redirectUri.replace('/auth/callback', '/other')}?state=${state}`,
      ({ redirectUri, state }) => `${redirectUri.replace('127.0.0.1', 'auth.example')}?state=${state}`,
      ({ redirectUri }) => `${redirectUri}?state=other&code=pasted`,
      ({ redirectUri, state }) => `${redirectUri}?state=${state}&code=pasted`,
    ];
    const login = make({ lines: async (asked) => typed.shift()?.(asked) ?? '' });
    expect(await login.result).toBe('fake-token');
    const { redirectUri } = login.asked();
    const wrong = `That is not the address the browser ended on; it begins with ${redirectUri}.`;
    expect(login.said).toEqual([
      wrong,
      wrong,
      wrong,
      'That address belongs to another sign-in. Use the tab that was opened last.',
    ]);
    expect(typed).toEqual([]);
  });

  it('is not needed without an input: the browser completes the sign-in', async () => {
    const login = make({ visit: arrive(), lines: () => Promise.reject(new Error('no input')) });
    expect(await login.result).toBe('fake-token');
    await lastPage();
  });

  it('that is typed after the end is ignored', async () => {
    let type: (line: string) => void = () => {};
    let reads = 0;
    const login = make({
      visit: arrive(),
      lines: () => {
        reads += 1;
        return new Promise((resolve) => {
          type = resolve;
        });
      },
    });
    await login.result;
    await lastPage();
    type('nonsense');
    await new Promise(setImmediate);
    expect(login.said).toEqual([]);
    expect(reads).toBe(1);
  });
});
