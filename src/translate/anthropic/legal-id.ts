/** Names and ids that every upstream accepts: up to 64 characters of `[A-Za-z0-9_-]`. MCP names are longer. */
import type { Hash } from '../../ports/randomness.ts';

const nameLimit = 64;
const legalName = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Returns legal text unchanged. Otherwise replaces illegal characters, shortens it and appends a hash of the original.
 */
export function legalId(text: string, hash: Hash): string {
  if (legalName.test(text)) return text;
  const suffix = `_${hash(text).slice(0, 12)}`;
  return text.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, nameLimit - suffix.length) + suffix;
}
