/** Where a credential comes from: the environment first, then the stored file. Nothing is written here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CcpError } from '../errors/ccp-error.ts';
import type { Environment } from '../platform/environment.ts';
import type { Clock } from '../ports/clock.ts';
import type { Credential, CredentialSource } from '../ports/credential.ts';
import { asNumber, asString, isObject, parseJson } from '../wire/json.ts';
import { accountIdOf } from './claims.ts';

/** Where an upstream's credential may stand in the environment. */
export interface CredentialRow {
  readonly upstream: string;
  /** The first that is set wins; the first is the one to name. */
  readonly variables: readonly string[];
  readonly kind: Credential['kind'];
  /** Variable of the account, for a token whose claims lack it. */
  readonly account?: string | undefined;
}

/** The built-in upstreams with a login of their own. */
export const loginRows: readonly CredentialRow[] = [
  { upstream: 'codex', variables: ['CCP_CODEX_ACCESS_TOKEN'], kind: 'bearer', account: 'CCP_CODEX_ACCOUNT_ID' },
  { upstream: 'chatgpt', variables: ['CCP_CHATGPT_ACCESS_TOKEN'], kind: 'bearer' },
  { upstream: 'openai', variables: ['OPENAI_API_KEY'], kind: 'api-key' },
];

export interface SourceOptions {
  readonly env: Environment;
  readonly credentialsDir: string;
  readonly clock: Clock;
  readonly rows: readonly CredentialRow[];
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

const rowOf = (upstream: string, { rows }: SourceOptions): CredentialRow | undefined =>
  rows.find((row) => row.upstream === upstream);

function environmentCredential(upstream: string, options: SourceOptions): Credential | undefined {
  const row = rowOf(upstream, options);
  const token = row?.variables.map((name) => options.env[name]?.trim()).find(Boolean);
  if (!row || !token) return undefined;
  const account = row.account === undefined ? undefined : options.env[row.account]?.trim();
  const accountId = row.kind === 'bearer' ? account || accountIdOf(token) : undefined;
  return { kind: row.kind, token, accountId, origin: 'environment' };
}

function storedCredential(upstream: string, options: SourceOptions): Credential {
  const { credentialsDir, clock } = options;
  const remedy = remedyFor(rowOf(upstream, options), join(credentialsDir, `${upstream}.json`));
  const path = join(credentialsDir, `${upstream}.json`);
  const text = readText(path);
  if (text === undefined) throw new CcpError('no_credential', `There is no credential for ${upstream}. ${remedy}`);
  const json = parseJson(text);
  if (!isObject(json) || json.version !== 1)
    throw new CcpError(
      'credential_rejected',
      `The credential file ${path} is not one this version reads. Move it away. ${remedy}`,
    );
  const accessToken = asString(json.accessToken);
  if (json.type === 'oauth' && accessToken) {
    const expiresAt = asNumber(json.expiresAt);
    if (expiresAt !== undefined && expiresAt <= clock.now())
      throw new CcpError('credential_rejected', `The stored login for ${upstream} has expired. ${remedy}`);
    const accountId = asString(json.accountId) ?? accountIdOf(accessToken);
    return { kind: 'bearer', token: accessToken, accountId, origin: 'stored' };
  }
  const apiKey = asString(json.apiKey);
  if (json.type === 'api-key' && apiKey)
    return { kind: 'api-key', token: apiKey, accountId: undefined, origin: 'stored' };
  throw new CcpError('credential_rejected', `The credential file ${path} holds no token. ${remedy}`);
}

const remedyFor = (row: CredentialRow | undefined, path: string): string => {
  const [variable] = row?.variables ?? [];
  return variable === undefined ? `Store one in ${path}.` : `Set ${variable}, or store one in ${path}.`;
};

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CcpError('credential_rejected', `The credential file ${path} cannot be read: ${reason}.`);
  }
}
