import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { Hash, Randomness } from '../ports/randomness.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

export const systemRandomness: Randomness = {
  fraction: () => Math.random(),
  id: (length) => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join(''),
};

/** 32 random bytes. The logger redacts secrets, and users recognise them, by the prefix. */
export const newSecret = (): string => `ccp-${randomBytes(32).toString('base64url')}`;

export const sha256: Hash = (text) => createHash('sha256').update(text).digest('hex');
