/** Reads what an administrator or an organisation set for Claude Code on this machine. The files are never written. */
import { join } from 'node:path';
import type { Environment } from '../platform/environment.ts';
import type { ClaudeRestrictions } from '../policy/policy.ts';
import { cleanText } from '../wire/clean-text.ts';
import { asArray, asString } from '../wire/json.ts';
import { claudeFolder, managedSettingsFiles, readSettingsFile } from './settings-files.ts';

/** Settings that force a login; Claude Code checks them when it signs in, which a routed session does not. */
const forcingSettings = ['forceLoginMethod', 'forceLoginOrgUUID', 'forceLoginGatewayUrl'];
const maxModels = 200;

/** The copy of what the organisation's server said last. In a routed session it is not asked again. */
export const serverSettingsFile = (env: Environment): string => join(claudeFolder(env), 'remote-settings.json');

/** @param managedDir see `managedSettingsDir`. */
export function claudeRestrictions(env: Environment, managedDir: string): ClaudeRestrictions[] {
  return [...managedSettingsFiles(managedDir), serverSettingsFile(env)].flatMap((path) => {
    const settings = readSettingsFile(path);
    const forcedBy = forcingSettings.filter((name) => settings[name] !== undefined && settings[name] !== null);
    const models = Array.isArray(settings.availableModels)
      ? asArray(settings.availableModels)
          .slice(0, maxModels)
          .map((model) => cleanText(asString(model) ?? '', 100))
      : undefined;
    if (forcedBy.length === 0 && models === undefined) return [];
    const gatewayUrl = asString(settings.forceLoginGatewayUrl);
    return [{ path, forcedBy, gatewayUrl, availableModels: models }];
  });
}

/** One sentence about an organisation's settings that a routed session does not refresh; empty without any. */
export function serverSettingsNotices(env: Environment): string[] {
  const path = serverSettingsFile(env);
  const names = Object.keys(readSettingsFile(path));
  if (names.length === 0) return [];
  const shown = names.slice(0, 8).map((name) => cleanText(name, 60));
  const more = names.length > shown.length ? `, and ${names.length - shown.length} more` : '';
  return [
    `Your organisation set ${shown.join(', ')}${more} for Claude Code (${path}). A routed session does not ask its server again; of these, ccp honours forced logins and availableModels.`,
  ];
}
