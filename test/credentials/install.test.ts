import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Install } from '../../src/credentials/install.ts';
import { RefreshJournal } from '../../src/credentials/journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-install-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the identity of an installation', () => {
  const path = () => join(folder, 'install.json');
  const stored = () => JSON.parse(readFileSync(path(), 'utf8'));

  it('is created once and is the same in every process', () => {
    const { id } = new Install(folder);
    expect(id).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(new Install(folder).id).toBe(id);
    expect(readFileSync(path(), 'utf8')).toBe(`{"version":1,"id":"${id}"}\n`);
  });

  it('is kept beside the client that was issued to it', () => {
    const install = new Install(folder);
    expect(install.issuedClient).toBeUndefined();
    const { id } = install;
    install.keepClient({ clientId: 'client', subject: 'user' });
    expect(new Install(folder).issuedClient).toEqual({ clientId: 'client', subject: 'user' });
    expect(install.id).toBe(id);
    install.keepClient({ clientId: 'client', subject: undefined });
    expect(install.issuedClient).toEqual({ clientId: 'client', subject: undefined });
    install.forgetClient();
    expect(install.issuedClient).toBeUndefined();
    expect(stored()).toEqual({ version: 1, id });
  });

  it('is not written by forgetting a client that was not issued', () => {
    new Install(folder).forgetClient();
    expect(() => stored()).toThrow('ENOENT');
  });

  it.each(['', 'nonsense', '["id"]', '{"id":7}'])('is created again when its file contains %j', (text) => {
    writeFileSync(path(), text);
    const install = new Install(folder);
    expect(install.issuedClient).toBeUndefined();
    const { id } = install;
    expect(id).toHaveLength(36);
    expect(stored()).toEqual({ version: 1, id });
  });

  it('has no client when the stored one has no id', () => {
    writeFileSync(path(), '{"chatgpt":{"subject":"user"}}');
    expect(new Install(folder).issuedClient).toBeUndefined();
  });
});

describe('the record of a refresh in progress', () => {
  it('is found with the same token until it ends', () => {
    const journal = new RefreshJournal(folder, 'codex');
    expect(journal.lostAt('fake-refresh')).toBeUndefined();
    journal.begin('fake-refresh', 5);
    expect(new RefreshJournal(folder, 'codex').lostAt('fake-refresh')).toBe(5);
    expect(journal.lostAt('fake-other')).toBeUndefined();
    expect(new RefreshJournal(folder, 'kimi').lostAt('fake-refresh')).toBeUndefined();
    journal.end();
    expect(journal.lostAt('fake-refresh')).toBeUndefined();
    expect(() => journal.end()).not.toThrow();
  });

  it('contains a short hash of the token, not the token', () => {
    new RefreshJournal(folder, 'codex').begin('fake-refresh', 5);
    const text = readFileSync(join(folder, 'codex.refreshing'), 'utf8');
    expect(JSON.parse(text)).toEqual({
      version: 1,
      token: expect.stringMatching(/^[\da-f]{16}$/),
      at: 5,
      pid: process.pid,
    });
    expect(text.endsWith('\n')).toBe(true);
  });

  it.each(['', '[]', 'null'])('that contains %j is ignored', (text) => {
    writeFileSync(join(folder, 'codex.refreshing'), text);
    expect(new RefreshJournal(folder, 'codex').lostAt('fake-refresh')).toBeUndefined();
  });
});
