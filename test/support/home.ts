/** A separate home directory per test, so that no test reads the user's files or credentials. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = new URL('../../', import.meta.url).pathname;
export const ccp = join(root, 'bin', 'ccp.js');

export interface Home {
  readonly home: string;
  readonly project: string;
  readonly env: Record<string, string>;
  remove(): void;
}

/** An obviously fake token. */
export const fakeToken = 'fake-codex-token-for-tests';

/**
 * `onboarded`: Claude Code's onboarding is complete, and the project is trusted.
 * `base`: a folder with a fixed name, for screenshots.
 */
export function makeHome({ onboarded = true, base: wanted }: { onboarded?: boolean; base?: string } = {}): Home {
  if (wanted !== undefined) mkdirSync(wanted, { recursive: true });
  const base = wanted ?? realpathSync(mkdtempSync(join(tmpdir(), 'ccp-test-')));
  const home = join(base, 'home');
  const project = join(base, 'project');
  mkdirSync(home);
  mkdirSync(project);
  writeFileSync(join(project, 'README.md'), '# The test project\n\nIt exists for a test.\n');
  writeFileSync(join(project, 'notes.txt'), 'alpha\nbeta\ngamma\n');
  if (onboarded)
    writeFileSync(
      join(home, '.claude.json'),
      JSON.stringify({
        hasCompletedOnboarding: true,
        theme: 'dark',
        numStartups: 5,
        projects: {
          [project]: {
            hasTrustDialogAccepted: true,
            hasCompletedProjectOnboarding: true,
            projectOnboardingSeenCount: 9,
            allowedTools: [],
            history: [],
          },
        },
      }),
    );
  return {
    home,
    project,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      XDG_STATE_HOME: join(home, '.state'),
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
      SHELL: '/bin/bash',
      CCP_PORT: '0',
      CCP_CODEX_ACCESS_TOKEN: fakeToken,
      CCP_CODEX_ACCOUNT_ID: 'acct-fake',
      // Tests must not use the keychain of the machine.
      CCP_KEYCHAIN: 'off',
      DISABLE_AUTOUPDATER: '1',
      // Its model list is public, so `ccp models` would request it without a key.
      CCP_OPENROUTER_BASE_URL: 'http://127.0.0.1:9',
      ...(process.env.CCP_TEST_PROXY
        ? { HTTPS_PROXY: process.env.CCP_TEST_PROXY, HTTP_PROXY: process.env.CCP_TEST_PROXY }
        : {}),
      ...(process.env.CCP_CLAUDE_PATH ? { CCP_CLAUDE_PATH: process.env.CCP_CLAUDE_PATH } : {}),
    },
    // Claude Code may still be writing its last files.
    remove: () => rmSync(base, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  };
}

export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
