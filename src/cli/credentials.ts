/** Credentials of every upstream there is, built-in, preset or the user's own. */
import { type CredentialRow, credentialSource, loginRows } from '../credentials/source.ts';
import { systemClock } from '../platform/clock.ts';
import type { CredentialSource } from '../ports/credential.ts';
import type { Context } from './context.ts';

export const credentialsOf = (context: Context): CredentialSource =>
  credentialSource({
    env: context.env,
    credentialsDir: context.paths.credentialsDir,
    clock: systemClock,
    rows: [...loginRows, ...context.upstreams.map(({ name, auth }) => keyRow(name, auth.env))],
  });

const keyRow = (upstream: string, variables: readonly string[]): CredentialRow => ({
  upstream,
  variables,
  kind: 'api-key',
});
