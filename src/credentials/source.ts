/** Where a credential comes from: the environment first, then the stored file. Nothing is written here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CcpError } from '../errors/ccp-error.ts';
import type { Environment } from '../platform/environment.ts';
import type { Clock } from '../ports/clock.ts';
import type { Credential, CredentialSource } from '../ports/credential.ts';
import { asNumber, asString, isObject, parseJson } from '../wire/json.ts';
import { accountIdOf } from './claims.ts';

interface EnvironmentRow {
  readonly token: string;
  readonly kind: Credential['kind'];
  readonly account?: string;
}

const fromEnvironment: Readonly<Record<string, EnvironmentRow>> = {
  codex: { token: 'CCP_CODEX_ACCESS_TOKEN', kind: 'bearer', account: 'CCP_CODEX_ACCOUNT_ID' },
  chatgpt: { token: 'CCP_CHATGPT_ACCESS_TOKEN', kind: 'bearer' },
  openai: { token: 'OPENAI_API_KEY', kind: 'bearer' },
};

export interface SourceOptions {
  readonly env: Environment;
  readonly credentialsDir: string;
  readonly clock: Clock;
}

export function credentialSource(options: SourceOptions): CredentialSource {
  return {
    get: async (upstream) => environmentCredential(upstream, options) ?? storedCredential(upstream, options),
    // Another process may have signed in meanwhile.
    renew: async (upstream, rejected) => {
      if (rejected.origin !== 'stored') return undefined;
      const stored = storedCredential(upstream, options);
      return stored.token === rejected.token ? undefined : stored;
    },
  };
}

function environmentCredential(upstream: string, { env }: SourceOptions): Credential | undefined {
  const row = fromEnvironment[upstream];
  const token = row && env[row.token]?.trim();
  if (!row || !token) return undefined;
  const account = row.account === undefined ? undefined : env[row.account]?.trim();
  return { kind: row.kind, token, accountId: account || accountIdOf(token), origin: 'environment' };
}

function storedCredential(upstream: string, { credentialsDir, clock }: SourceOptions): Credential {
  const path = join(credentialsDir, `${upstream}.json`);
  const text = readText(path);
  if (text === undefined)
    throw new CcpError('no_credential', `There is no credential for ${upstream}. ${remedy(upstream, path)}`);
  const json = parseJson(text);
  if (!isObject(json) || json.version !== 1)
    throw new CcpError(
      'no_credential',
      `The credential file ${path} is not one this version reads. Move it away. ${remedy(upstream, path)}`,
    );
  const accessToken = asString(json.accessToken);
  if (json.type === 'oauth' && accessToken) {
    const expiresAt = asNumber(json.expiresAt);
    if (expiresAt !== undefined && expiresAt <= clock.now())
      throw new CcpError(
        'credential_rejected',
        `The stored login for ${upstream} has expired. ${remedy(upstream, path)}`,
      );
    const accountId = asString(json.accountId) ?? accountIdOf(accessToken);
    return { kind: 'bearer', token: accessToken, accountId, origin: 'stored' };
  }
  const apiKey = asString(json.apiKey);
  if (json.type === 'api-key' && apiKey)
    return { kind: 'bearer', token: apiKey, accountId: undefined, origin: 'stored' };
  throw new CcpError('no_credential', `The credential file ${path} holds no token. ${remedy(upstream, path)}`);
}

const remedy = (upstream: string, path: string): string => {
  const row = fromEnvironment[upstream];
  return row ? `Set ${row.token}, or store one in ${path}.` : `Store one in ${path}.`;
};

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CcpError('no_credential', `The credential file ${path} cannot be read: ${reason}.`);
  }
}
