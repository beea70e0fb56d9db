/**
 * Provides credentials: from the environment first, which is never stored, then from the user's command, then from the
 * store, renewed as needed.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { Environment } from '../platform/environment.ts';
import type { Clock } from '../ports/clock.ts';
import type { Credential, CredentialSource } from '../ports/credential.ts';
import { accountIdOf } from './claims.ts';
import type { CommandTokens } from './command-tokens.ts';
import type { CredentialDocument, OAuthDocument } from './document.ts';
import { loginExpired } from './login-expired.ts';
import type { LoginProfile } from './logins/profile.ts';
import type { Refresher } from './refresher.ts';
import type { CredentialStore } from './store.ts';

/** Environment variables of an upstream's credential. */
export interface CredentialRow {
  readonly upstream: string;
  /** The first one that is set is used; messages name the first one. */
  readonly variables: readonly string[];
  readonly kind: Credential['kind'];
  /** Variable of the account id, for a token without that claim. */
  readonly account?: string | undefined;
}

export interface SourceOptions {
  readonly env: Environment;
  readonly rows: readonly CredentialRow[];
  readonly store: CredentialStore;
  readonly refresher: Refresher;
  readonly profiles: readonly LoginProfile[];
  readonly commands: CommandTokens;
  readonly clock: Clock;
  /** Renew tokens before they expire. Only for a process that runs long enough to store the response. */
  readonly early: boolean;
}

/** For commands: checks whether there is a credential, without a network request. */
export interface CheckedSource extends CredentialSource {
  /** @throws CcpError as `get` does. */
  check(upstream: string): Promise<void>;
}

export function credentialSource(options: SourceOptions): CheckedSource {
  const { refresher, profiles, commands, clock, early } = options;
  const profileOf = (upstream: string) => profiles.find((profile) => profile.upstream === upstream);
  return {
    get: async (upstream) => {
      const fromEnvironment = environmentCredential(upstream, options);
      if (fromEnvironment) return fromEnvironment;
      const fromCommand = await commands.get(upstream);
      if (fromCommand) return fromCommand;
      const document = await storedDocument(upstream, options);
      const profile = profileOf(upstream);
      if (document.type === 'api-key') return asCredential(document);
      if (profile) return asCredential(await currentDocument(profile, document));
      return asCredential(assertNotExpired(upstream, document));
    },
    renew: async (upstream, rejected) => {
      if (rejected.origin === 'command') return commands.renew(upstream, rejected.token);
      if (rejected.origin !== 'stored') return undefined;
      const document = await storedDocument(upstream, options);
      if (document.type === 'api-key') return document.apiKey === rejected.token ? undefined : asCredential(document);
      const profile = profileOf(upstream);
      if (!profile) return document.accessToken === rejected.token ? undefined : asCredential(document);
      const renewed = await refresher.renewed(profile, document, rejected.token);
      return renewed && asCredential(renewed);
    },
    check: async (upstream) => {
      // A command runs when its token is needed.
      if (environmentCredential(upstream, options) || commands.has(upstream)) return;
      const document = await storedDocument(upstream, options);
      if (document.type === 'api-key' || (document.refreshToken !== undefined && profileOf(upstream))) return;
      if (document.ended && document.expiresAt === undefined) throw loginExpired(upstream, document);
      assertNotExpired(upstream, document);
    },
    settled: () => refresher.settled(),
  };

  /** The login may be replaced by an API key while it is being renewed. */
  async function currentDocument(profile: LoginProfile, document: OAuthDocument): Promise<CredentialDocument> {
    try {
      return await refresher.current(profile, document, early);
    } catch (thrown) {
      if (!(thrown instanceof CcpError) || thrown.code !== 'no_credential') throw thrown;
      return storedDocument(profile.upstream, options);
    }
  }

  function assertNotExpired(upstream: string, document: OAuthDocument): OAuthDocument {
    if (document.expiresAt === undefined || document.expiresAt > clock.now()) return document;
    throw loginExpired(upstream, document);
  }
}

const rowOf = (upstream: string, rows: readonly CredentialRow[]): CredentialRow | undefined =>
  rows.find((row) => row.upstream === upstream);

/** The variable that contains the credential, and its value. */
export function environmentVariable(
  upstream: string,
  { env, rows }: Pick<SourceOptions, 'env' | 'rows'>,
): { readonly name: string; readonly value: string } | undefined {
  for (const name of rowOf(upstream, rows)?.variables ?? []) {
    const value = env[name]?.trim();
    if (value) return { name, value };
  }
  return undefined;
}

function environmentCredential(upstream: string, options: SourceOptions): Credential | undefined {
  const row = rowOf(upstream, options.rows);
  const token = environmentVariable(upstream, options)?.value;
  if (!row || token === undefined) return undefined;
  const account = row.account === undefined ? undefined : options.env[row.account]?.trim();
  const accountId = row.kind === 'bearer' ? account || accountIdOf(token) : undefined;
  return { kind: row.kind, token, accountId, origin: 'environment' };
}

async function storedDocument(upstream: string, { store, rows }: SourceOptions): Promise<CredentialDocument> {
  const stored = await store.load(upstream);
  if (stored) return stored.document;
  const [variable] = rowOf(upstream, rows)?.variables ?? [];
  const alternative = variable === undefined ? '' : `, or set ${variable}`;
  throw new CcpError(
    'no_credential',
    `There is no credential for ${upstream}. Run \`ccp auth login ${upstream}\`${alternative}.`,
  );
}

const asCredential = (document: CredentialDocument): Credential =>
  document.type === 'api-key'
    ? { kind: 'api-key', token: document.apiKey, accountId: undefined, origin: 'stored' }
    : {
        kind: 'bearer',
        token: document.accessToken,
        accountId: document.accountId ?? accountIdOf(document.accessToken),
        origin: 'stored',
      };
