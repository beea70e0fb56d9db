/** Seals a document with a key that is not in the file: AES-256-GCM, with the upstream's name as associated data. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { asString, isObject, type JsonObject } from '../wire/json.ts';

const cipherName = 'aes-256-gcm';
const tagBytes = 16;
const nonceBytes = 12;
export const keyBytes = 32;

export const isSealed = (json: unknown): json is JsonObject =>
  isObject(json) && json.version === 1 && json.type === 'sealed';

export function seal(text: string, key: Buffer, upstream: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(cipherName, key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(upstream));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const envelope = { version: 1, type: 'sealed', cipher: cipherName, nonce: base64(nonce), data: base64(data) };
  return `${JSON.stringify(envelope)}\n`;
}

/** @returns `undefined` if the key differs or the file was modified. */
export function unseal(envelope: JsonObject, key: Buffer, upstream: string): string | undefined {
  const nonce = Buffer.from(asString(envelope.nonce) ?? '', 'base64');
  const data = Buffer.from(asString(envelope.data) ?? '', 'base64');
  if (envelope.cipher !== cipherName || nonce.length !== nonceBytes || data.length <= tagBytes) return undefined;
  try {
    const cipher = createDecipheriv(cipherName, key, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.from(upstream))
      .setAuthTag(data.subarray(-tagBytes));
    return Buffer.concat([cipher.update(data.subarray(0, -tagBytes)), cipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

const base64 = (bytes: Buffer): string => bytes.toString('base64');
