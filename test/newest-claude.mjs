// Installs the newest Claude Code next to the pinned one and runs the end-to-end tests with it.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const windows = process.platform === 'win32';
const npm = windows ? 'npm.cmd' : 'npm';
const version =
  process.argv[2] ??
  execFileSync(npm, ['view', '@anthropic-ai/claude-code', 'version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
const folder = join(root, 'node_modules', '.cache', `claude-code-${version}`);
const binary = join(
  folder,
  'node_modules',
  '@anthropic-ai',
  `claude-code-${process.platform}-${process.arch}`,
  windows ? 'claude.exe' : 'claude',
);

if (!existsSync(binary)) {
  mkdirSync(folder, { recursive: true });
  execFileSync(
    npm,
    [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--ignore-scripts',
      '--engine-strict=false',
      `@anthropic-ai/claude-code@${version}`,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
}
process.stdout.write(`Claude Code ${version}\n`);
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--config',
    'test/vitest.config.ts',
    '--project',
    'e2e',
    ...process.argv.slice(3),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CCP_CLAUDE_PATH: binary, CCP_TEST_CLAUDE_VERSION: version },
  },
);
process.exitCode = status ?? 1;
