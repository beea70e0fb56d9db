/** When a login is renewed, what is used meanwhile, and what becomes of the result. The file is real; the server is scripted. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OAuthDocument } from '../../src/credentials/document.ts';
import type { LoginProfile, RefreshOutcome, RefreshReason } from '../../src/credentials/logins/profile.ts';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { makeCredentials } from '../support/credentials.ts';

const name = 'codex';
const second = 1_000;
const minute = 60 * second;
const start = Date.UTC(2026, 10, 20, 12);

type Credentials = ReturnType<typeof makeCredentials>;
let credentials: Credentials;
let now: number;
let asked: { document: OAuthDocument; reason: RefreshReason }[];
let outcome: (document: OAuthDocument) => RefreshOutcome | Promise<RefreshOutcome>;
let dueAt: number;
let notBefore: number;

const profile: LoginProfile = {
  upstream: name,
  title: 'Nest',
  dueAt: () => dueAt,
  notBefore: () => notBefore,
  refresh: async (document, reason) => {
    asked.push({ document, reason });
    return outcome(document);
  },
  revoke: async () => true,
};

const first: OAuthDocument = { type: 'oauth', accessToken: 'fake-first', refreshToken: 'fake-refresh-1' };
const second2: OAuthDocument = { type: 'oauth', accessToken: 'fake-second', refreshToken: 'fake-refresh-2' };
const fresh = (): RefreshOutcome => ({ state: 'fresh', document: { ...second2, refreshedAt: now } });
const failed = (): RefreshOutcome => ({ state: 'failed', reason: 'The server is busy.' });

beforeEach(() => {
  now = start;
  asked = [];
  outcome = fresh;
  dueAt = Number.NEGATIVE_INFINITY;
  notBefore = Number.NEGATIVE_INFINITY;
  credentials = makeCredentials();
  const clock = credentials.world.clock;
  clock.now = () => now;
  clock.elapsed = () => now - start;
});
afterEach(() => credentials.remove());

/** The login as it stands in the file; it ends that many milliseconds from now. */
function signedIn(left: number | undefined, extra: Partial<OAuthDocument> = {}): OAuthDocument {
  const document: OAuthDocument = { ...first, ...(left === undefined ? {} : { expiresAt: now + left }), ...extra };
  credentials.write(name, document);
  return document;
}
const current = (document: OAuthDocument, early = true) => credentials.refresher.current(profile, document, early);
const renewed = (document: OAuthDocument, rejected = 'fake-first') =>
  credentials.refresher.renewed(profile, document, rejected);
const journal = () => existsSync(join(credentials.folder, `${name}.refreshing`));

describe('a login that cannot be renewed', () => {
  const without = { refreshToken: undefined };

  it('is used to its end, and not beyond', async () => {
    expect((await current(signedIn(1, without))).accessToken).toBe('fake-first');
    await expect(current(signedIn(0, without))).rejects.toMatchObject({ code: 'credential_rejected' });
    expect((await current(signedIn(undefined, without))).accessToken).toBe('fake-first');
    expect(asked).toEqual([]);
  });

  it('that was ended by its server is used while its last token holds', async () => {
    const ended = { ...without, ended: { code: 'refresh_token_reused', at: start } };
    expect((await current(signedIn(minute, ended))).accessToken).toBe('fake-first');
    await expect(current(signedIn(undefined, ended))).rejects.toMatchObject({ code: 'credential_rejected' });
  });

  it('has no other token for one that was refused, unless the file has one', async () => {
    await expect(renewed(signedIn(minute, without))).rejects.toMatchObject({ code: 'credential_rejected' });
    expect((await renewed(signedIn(minute, without), 'fake-older'))?.accessToken).toBe('fake-first');
  });
});

describe('a login is renewed', () => {
  it.each([
    ['with more than a minute left, at once, in the background', minute + 1, 'fake-first'],
    ['with a minute left, before it is used', minute, 'fake-second'],
    ['with a second left, before it is used', second, 'fake-second'],
    ['at its end', 0, 'fake-second'],
    ['after its end', -minute, 'fake-second'],
  ])('when it is due: %s', async (_name, left, used) => {
    expect((await current(signedIn(left))).accessToken).toBe(used);
    await credentials.refresher.settled();
    expect(asked.map(({ reason }) => reason)).toEqual(['proactive_expiry']);
    expect(credentials.read(name)).toMatchObject({ accessToken: 'fake-second', refreshToken: 'fake-refresh-2' });
    expect(journal()).toBe(false);
    expect(credentials.news).toEqual([expect.stringMatching(/codex.*renewed/)]);
  });

  it.each([
    [
      'it is not due yet',
      () => {
        dueAt = now + 1;
      },
      true,
    ],
    ['the command is over soon', () => {}, false],
    [
      'its server will not have it yet',
      () => {
        notBefore = now + 1;
      },
      true,
    ],
  ])('not before its end where %s', async (_name, prepare, early) => {
    prepare();
    for (const left of [2 * minute, minute, 1])
      expect((await current(signedIn(left), early)).accessToken).toBe('fake-first');
    await credentials.refresher.settled();
    expect(asked).toEqual([]);
  });

  it('at the very moment it is due and may be', async () => {
    dueAt = now;
    notBefore = now;
    expect((await current(signedIn(second))).accessToken).toBe('fake-second');
  });

  it('never before its server will have it, though it is over', async () => {
    notBefore = now + 1;
    await expect(current(signedIn(-1))).rejects.toMatchObject({
      code: 'auth_unavailable',
      message: expect.stringContaining('codex'),
    });
    notBefore = now;
    expect((await current(signedIn(-1))).accessToken).toBe('fake-second');
  });

  it('not within a minute of the last time, whatever its numbers say', async () => {
    const just = signedIn(-1, { refreshedAt: now - minute + 1 });
    expect((await current(just)).accessToken).toBe('fake-first');
    expect(await renewed(just)).toBeUndefined();
    expect(asked).toEqual([]);
    expect((await current(signedIn(-1, { refreshedAt: now - minute }))).accessToken).toBe('fake-second');
  });

  it('though the clock says that the last time is yet to come', async () => {
    expect((await current(signedIn(-1, { refreshedAt: now }))).accessToken).toBe('fake-first');
    expect((await current(signedIn(-1, { refreshedAt: now + 1 }))).accessToken).toBe('fake-second');
  });

  it('once for all who ask at the same time, and again when that is over', async () => {
    const document = signedIn(-1);
    const answers = await Promise.all([current(document), current(document), renewed(document)]);
    expect(answers.map((answer) => answer?.accessToken)).toEqual(Array(3).fill('fake-second'));
    expect(asked).toHaveLength(1);
    now += 2 * minute;
    await current({ ...second2, expiresAt: now - 1 });
    expect(asked).toHaveLength(2);
    expect(asked[1]?.document.refreshToken).toBe('fake-refresh-2');
  });

  it('not where another process was quicker', async () => {
    const known = signedIn(-1);
    credentials.write(name, { ...second2, expiresAt: now + minute });
    expect((await current(known)).accessToken).toBe('fake-second');
    expect(asked).toEqual([]);
  });

  it('not where it is gone, or has become an API key', async () => {
    const known = signedIn(-1);
    rmSync(join(credentials.folder, `${name}.json`));
    await expect(current(known)).rejects.toMatchObject({
      code: 'no_credential',
      message: expect.stringMatching(/codex.*ccp auth login codex/),
    });
    credentials.write(name, { type: 'api-key', apiKey: 'fake-key' });
    await expect(current(known)).rejects.toMatchObject({ code: 'no_credential' });
    expect(asked).toEqual([]);
  });

  it('not where the file has lost what renews it', async () => {
    const known = signedIn(-1);
    credentials.write(name, { ...known, refreshToken: undefined });
    await expect(current(known)).rejects.toMatchObject({ code: 'credential_rejected' });
    expect(asked).toEqual([]);
  });
});

describe('a token that the upstream refused', () => {
  it('is renewed, with that reason', async () => {
    expect((await renewed(signedIn(minute)))?.accessToken).toBe('fake-second');
    expect(asked.map(({ reason }) => reason)).toEqual(['unauthorized_recovery']);
  });

  it('is followed by the one in the file where that is another', async () => {
    expect((await renewed(signedIn(minute), 'fake-older'))?.accessToken).toBe('fake-first');
    expect(asked).toEqual([]);
  });

  it('is not renewed before its server will have it', async () => {
    notBefore = now + 1;
    expect(await renewed(signedIn(minute))).toBeUndefined();
    notBefore = now;
    expect((await renewed(signedIn(minute)))?.accessToken).toBe('fake-second');
  });
});

describe('a renewal that fails for now', () => {
  beforeEach(() => {
    outcome = failed;
  });

  it('is told once the token is over; until then it is used', async () => {
    expect((await current(signedIn(second))).accessToken).toBe('fake-first');
    expect(credentials.news).toEqual([expect.stringMatching(/codex.*The server is busy\..*kept/)]);
    now += 10 * second;
    await expect(current(signedIn(0))).rejects.toMatchObject({
      code: 'auth_unavailable',
      message: expect.stringMatching(/codex.*The server is busy\./),
    });
    expect(credentials.read(name)).toMatchObject({ refreshToken: 'fake-refresh-1' });
    expect(journal()).toBe(false);
  });

  it('in the background is told to nobody who has a good token', async () => {
    expect((await current(signedIn(2 * minute))).accessToken).toBe('fake-first');
    await credentials.refresher.settled();
    expect(asked).toHaveLength(1);
  });

  it('is not tried again for five seconds', async () => {
    const document = signedIn(-1);
    await expect(current(document)).rejects.toMatchObject({ code: 'auth_unavailable' });
    outcome = fresh;
    now += 5 * second - 1;
    await expect(current(document)).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(asked).toHaveLength(1);
    now += 1;
    expect((await current(document)).accessToken).toBe('fake-second');
  });

  it('is told in the words of what was thrown', async () => {
    outcome = () => {
      throw new Error('the wire is cut');
    };
    const cut = current(signedIn(-1));
    await expect(cut).rejects.toMatchObject({
      code: 'auth_unavailable',
      message: expect.stringMatching(/codex.*the wire is cut\.$/),
      cause: expect.objectContaining({ message: 'the wire is cut' }),
    });
    now += minute;
    outcome = () => {
      throw Object.assign(new Error('Lock file is already being held'), { code: 'ELOCKED' });
    };
    await expect(current(signedIn(-1))).rejects.toMatchObject({
      code: 'auth_unavailable',
      message: expect.stringMatching(/another process/),
    });
    now += minute;
    outcome = () => Promise.reject('words');
    await expect(current(signedIn(-1))).rejects.toMatchObject({ message: expect.stringMatching(/words\.$/) });
  });

  it('with another error is no reason to wait, and a good token does not hide it', async () => {
    outcome = () => ({ state: 'ended', code: 'invalid_grant' });
    await expect(current(signedIn(second))).rejects.toMatchObject({ code: 'credential_rejected' });
    outcome = fresh;
    expect((await current(signedIn(second))).accessToken).toBe('fake-second');
  });
});

describe('a renewal whose answer never came', () => {
  beforeEach(() => {
    outcome = () => ({ state: 'unanswered', reason: 'No answer.' });
  });

  it('stays noted, and is named when the login turns out to have ended', async () => {
    await expect(current(signedIn(-1))).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(journal()).toBe(true);
    now += minute;
    outcome = failed;
    await expect(current(signedIn(-1))).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(journal()).toBe(true);
    now += minute;
    outcome = () => ({ state: 'ended', code: 'invalid_grant' });
    await expect(current(signedIn(-1))).rejects.toMatchObject({
      code: 'credential_rejected',
      message: expect.stringMatching(/lost/),
    });
    expect(credentials.read(name)).toMatchObject({ ended: { code: 'invalid_grant', at: now, lost: true } });
    expect(journal()).toBe(false);
  });

  it('is forgotten once a renewal succeeds', async () => {
    await expect(current(signedIn(-1))).rejects.toMatchObject({ code: 'auth_unavailable' });
    now += minute;
    outcome = fresh;
    await current(signedIn(-1));
    expect(journal()).toBe(false);
  });
});

describe('a login that its server has ended', () => {
  beforeEach(() => {
    outcome = () => ({ state: 'ended', code: 'invalid_grant' });
  });

  it('is kept without what renewed it, and told', async () => {
    const error = await current(signedIn(-1, { email: 'a@example.org' })).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'credential_rejected', upstreamCode: 'invalid_grant' });
    const kept = credentials.read(name);
    expect(kept).toMatchObject({
      accessToken: 'fake-first',
      email: 'a@example.org',
      ended: { code: 'invalid_grant', at: now },
    });
    expect(kept).not.toHaveProperty('refreshToken');
    expect(kept.ended).not.toHaveProperty('lost');
    expect(credentials.news).toEqual([(error as Error).message]);
    expect(journal()).toBe(false);
  });

  it('is not, where somebody has signed in meanwhile', async () => {
    outcome = () => {
      credentials.write(name, { ...second2, expiresAt: now + minute });
      return { state: 'ended', code: 'invalid_grant' };
    };
    expect((await current(signedIn(-1))).accessToken).toBe('fake-second');
    expect(credentials.read(name)).toMatchObject({ refreshToken: 'fake-refresh-2' });
    expect(credentials.news).toEqual([]);
  });

  it('is ended where the file has nothing to renew it either, and gone where the file is', async () => {
    outcome = () => {
      credentials.write(name, { ...first, refreshToken: undefined });
      return { state: 'ended', code: 'invalid_grant' };
    };
    await expect(current(signedIn(-1))).rejects.toMatchObject({ code: 'credential_rejected' });
    outcome = () => {
      rmSync(join(credentials.folder, `${name}.json`));
      return { state: 'ended', code: 'invalid_grant' };
    };
    await expect(current(signedIn(-1))).rejects.toMatchObject({ code: 'no_credential' });
  });
});

describe('the result of a renewal', () => {
  const meanwhile = (change: () => void) => {
    outcome = () => {
      change();
      return fresh();
    };
  };

  it('does not take the place of another login, nor come back after a logout', async () => {
    meanwhile(() => credentials.write(name, { ...first, accessToken: 'fake-other', refreshToken: 'fake-refresh-9' }));
    expect((await current(signedIn(-1))).accessToken).toBe('fake-other');
    expect(credentials.read(name)).toMatchObject({ refreshToken: 'fake-refresh-9' });
    meanwhile(() => rmSync(join(credentials.folder, `${name}.json`)));
    await expect(current(signedIn(-1))).rejects.toMatchObject({ code: 'no_credential' });
    expect(existsSync(join(credentials.folder, `${name}.json`))).toBe(false);
    expect(credentials.news).toEqual([]);
  });

  describe('that cannot be written', () => {
    const save = { broken: true };
    beforeEach(() => {
      save.broken = true;
      const { store } = credentials;
      const write = store.save.bind(store);
      store.save = async (...args) => {
        if (save.broken) throw new Error('the disk is full');
        return write(...args);
      };
    });

    it('is used all the same, told, and written as soon as that works', async () => {
      const document = signedIn(-1);
      expect((await current(document)).accessToken).toBe('fake-second');
      expect(credentials.news).toEqual([expect.stringMatching(/codex.*the disk is full.*ccp auth login codex/)]);
      expect(credentials.read(name)).toMatchObject({ refreshToken: 'fake-refresh-1' });
      expect((await current(document)).accessToken).toBe('fake-second');
      expect(asked).toHaveLength(1);
      expect(journal()).toBe(true);
      save.broken = false;
      expect((await current(document)).accessToken).toBe('fake-second');
      expect(credentials.read(name)).toMatchObject({ refreshToken: 'fake-refresh-2' });
      expect(journal()).toBe(false);
    });

    it('is the start of the next renewal, whose result is written in the end', async () => {
      const document = signedIn(-1);
      await current(document);
      now += 2 * minute;
      outcome = () => ({
        state: 'fresh',
        document: { ...first, accessToken: 'fake-third', refreshToken: 'fake-refresh-3', expiresAt: now + 60 * minute },
      });
      expect((await renewed(document, 'fake-second'))?.accessToken).toBe('fake-third');
      expect(asked[1]?.document.refreshToken).toBe('fake-refresh-2');
      expect(credentials.read(name)).toMatchObject({ refreshToken: 'fake-refresh-1' });
      save.broken = false;
      await credentials.refresher.settled();
      expect(credentials.read(name)).toMatchObject({ refreshToken: 'fake-refresh-3' });
    });

    it('gives way to a login that was written since, without waiting for the end of the process', async () => {
      await current(signedIn(-1));
      const other = {
        ...first,
        accessToken: 'fake-other',
        refreshToken: 'fake-refresh-9',
        expiresAt: now + 5 * minute,
      };
      credentials.write(name, other);
      dueAt = now + 1;
      expect((await current(other)).accessToken).toBe('fake-other');
    });

    it('does not come back after a logout', async () => {
      await current(signedIn(-1));
      save.broken = false;
      rmSync(join(credentials.folder, `${name}.json`));
      await credentials.refresher.settled();
      expect(existsSync(join(credentials.folder, `${name}.json`))).toBe(false);
      credentials.write(name, { type: 'api-key', apiKey: 'fake-key' });
      await credentials.refresher.settled();
      expect(credentials.read(name)).toMatchObject({ type: 'api-key' });
    });

    it('is used too where the keychain does not open', async () => {
      credentials.store.save = async () => {
        throw new CcpError('credential_locked', 'The keychain is locked.');
      };
      expect((await current(signedIn(-1))).accessToken).toBe('fake-second');
      expect(credentials.news).toEqual([expect.stringContaining('The keychain is locked.')]);
    });

    it('is written when the process leaves, at the latest', async () => {
      await current(signedIn(-1));
      await credentials.refresher.settled();
      save.broken = false;
      await credentials.refresher.settled();
      expect(credentials.read(name)).toMatchObject({ refreshToken: 'fake-refresh-2' });
    });

    it('gives way to a login that was written since', async () => {
      await current(signedIn(-1));
      save.broken = false;
      const other = {
        ...first,
        accessToken: 'fake-other',
        refreshToken: 'fake-refresh-9',
        expiresAt: now + 5 * minute,
      };
      credentials.write(name, other);
      await credentials.refresher.settled();
      expect(credentials.read(name)).toMatchObject({ refreshToken: 'fake-refresh-9' });
      dueAt = now + 1;
      expect((await current(other)).accessToken).toBe('fake-other');
    });
  });
});
