/** Settings files of Claude Code that would send its requests elsewhere than to ccp's proxy. */
import { UserError } from '../errors/user-error.ts';
import type { Environment } from '../platform/environment.ts';
import { cleanText } from '../wire/clean-text.ts';
import { asObject, asString } from '../wire/json.ts';
import { redirects } from './environment.ts';
import { managedSettingsFiles, readSettingsFile, settingsFiles } from './settings-files.ts';

export interface SettingsPlaces {
  readonly env: Environment;
  readonly cwd: string;
  /** See `managedSettingsDir`. */
  readonly managedDir: string;
}

/** The name of a folder comes from a repository or an archive, and the notice is written to the terminal. */
const maxPathLength = 500;

/** Variables that name a gateway or the key of one. */
const gatewayVariables = ['ANTHROPIC_BASE_URL', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_API_KEY'];

/**
 * An empty value in `--settings` does not override this variable, unlike the other ones that redirect requests.
 * @throws UserError when a settings file sends Claude Code's requests to a socket instead of the proxy.
 */
export function assertNoSocket(places: SettingsPlaces): void {
  const path = fileThatSets('ANTHROPIC_UNIX_SOCKET', allFiles(places));
  if (path !== undefined)
    throw new UserError(
      `${path} sets env.ANTHROPIC_UNIX_SOCKET, which would send Claude Code’s requests to that socket instead of ccp. Remove it there, and start ccp again.`,
    );
}

/**
 * Checks the settings of a launch on Claude Code's own login, where `CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST` is not set.
 * @throws UserError when settings would replace the header that carries the session's secret, or when an
 * administrator's settings, which `--settings` cannot override, send requests past the proxy.
 */
export function assertOwnLoginSettings(places: SettingsPlaces): void {
  const path = fileThatSets('ANTHROPIC_CUSTOM_HEADERS', allFiles(places));
  if (path !== undefined)
    throw new UserError(
      `${path} sets env.ANTHROPIC_CUSTOM_HEADERS, which would replace the header ccp needs on Claude Code’s own login. Put it into the environment instead, or use an API key (ANTHROPIC_API_KEY).`,
    );
  const managed = managedSettingsFiles(places.managedDir);
  for (const variable of ['ANTHROPIC_BASE_URL', ...redirects]) {
    const file = fileThatSets(variable, managed);
    if (file !== undefined)
      throw new UserError(
        `${file} sets env.${variable}, which ccp cannot override on Claude Code’s own login: requests would not go through ccp. Use an API key (ANTHROPIC_API_KEY), or another model.`,
      );
  }
}

/** One sentence for each settings file whose gateway, provider or key this session does not use. */
export function redirectNotices(places: SettingsPlaces, { ownLogin }: { ownLogin: boolean }): string[] {
  return allFiles(places).flatMap((path) => {
    const file = readSettingsFile(path);
    const names = [...gatewayVariables, ...redirects].filter((name) => Boolean(asObject(file.env)[name]));
    const settings = names.map((name) => `env.${name}`);
    // On its own login, Claude Code uses the helper's key.
    if (!ownLogin && asString(file.apiKeyHelper)) settings.push('apiKeyHelper');
    if (settings.length === 0) return [];
    return [
      `${cleanText(path, maxPathLength)} sets ${settings.join(', ')}. This session does not use it: all requests go through ccp.`,
    ];
  });
}

const allFiles = ({ env, cwd, managedDir }: SettingsPlaces): string[] => [
  ...managedSettingsFiles(managedDir),
  ...settingsFiles(env, cwd),
];

const fileThatSets = (variable: string, files: readonly string[]): string | undefined =>
  files.find((file) => asObject(readSettingsFile(file).env)[variable] !== undefined);
