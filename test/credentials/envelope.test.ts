import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSealed, seal, unseal } from '../../src/credentials/envelope.ts';

const key = Buffer.alloc(32, 7);
const sealed = (text = 'précis') => JSON.parse(seal(text, key, 'codex'));
const base64 = (length: number) => Buffer.alloc(length, 1).toString('base64');

describe('a sealed document', () => {
  it('is one line of JSON without the text, different at every call', () => {
    const text = seal('fake-token', key, 'codex');
    expect(text.match(/\n/g)).toEqual(['\n']);
    expect(text.endsWith('\n')).toBe(true);
    expect(JSON.parse(text)).toMatchObject({ version: 1, type: 'sealed', cipher: 'aes-256-gcm' });
    expect(text).not.toContain('fake-token');
    expect(seal('fake-token', key, 'codex')).not.toBe(text);
  });

  it('is opened with the key and the name of the upstream', () => {
    expect(unseal(sealed(), key, 'codex')).toBe('précis');
    expect(unseal(sealed(), Buffer.alloc(32, 8), 'codex')).toBeUndefined();
    expect(unseal(sealed(), key, 'kimi')).toBeUndefined();
  });

  it.each([
    ['another cipher', { cipher: 'aes-128-gcm' }],
    ['a longer nonce', { nonce: base64(16) }],
    ['no nonce', { nonce: undefined }],
    ['no data', { data: undefined }],
    ['nothing but a tag', { data: base64(16) }],
    ['other data', { data: base64(40) }],
  ])('with %s is not opened', (_name, change) => {
    expect(unseal({ ...sealed(), ...change }, key, 'codex')).toBeUndefined();
  });

  it('without a text, or with a nonce of another length, is not one of ccp, although it is authentic', () => {
    expect(unseal(JSON.parse(seal('', key, 'codex')), key, 'codex')).toBeUndefined();
    const nonce = Buffer.alloc(16, 1);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from('codex'));
    const data = Buffer.concat([cipher.update('text'), cipher.final(), cipher.getAuthTag()]).toString('base64');
    expect(unseal({ ...sealed(), nonce: nonce.toString('base64'), data }, key, 'codex')).toBeUndefined();
  });

  it('whose data was changed at any byte is not opened', () => {
    const envelope = sealed('ab');
    const data = Buffer.from(envelope.data, 'base64');
    for (let at = 0; at < data.length; at++) {
      const changed = Buffer.from(data);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(unseal({ ...envelope, data: changed.toString('base64') }, key, 'codex')).toBeUndefined();
    }
  });

  it('is recognised by its version and type', () => {
    expect(isSealed(sealed())).toBe(true);
    expect(isSealed({ version: 2, type: 'sealed' })).toBe(false);
    expect(isSealed({ version: 1, type: 'oauth' })).toBe(false);
    expect(isSealed('sealed')).toBe(false);
  });
});
