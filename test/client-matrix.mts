/**
 * `npm run client-matrix [-- VERSION]`: runs the end-to-end tests with the pinned and with the newest Claude Code (or
 * the given version), and writes the table of features in docs/claude-code.md from their results. Exits with 1 when a
 * feature fails, or when a row names no test.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Outcome = 'works' | 'refused' | 'named' | 'absent';

/** A feature of Claude Code, what ccp does with it, and the tests that prove it: parts of their full titles. */
const features: readonly (readonly [feature: string, outcome: Outcome, tests: readonly string[]])[] = [
  [
    'the screen of Claude Code, resizes, pastes',
    'works',
    ['answers with real tool calls while the meter', 'accepts a paste'],
  ],
  ['onboarding of a new user', 'works', ['starts with Claude Code’s onboarding']],
  ['permission prompts', 'works', ['shows Claude Code’s permission prompt']],
  ['`-p`', 'works', ['reads, edits and runs commands']],
  ['`-c`, `--resume`', 'works', ['resumes with -c', 'prompt prefix across thinking, tools and a resume']],
  ['SDK mode (`--input-format stream-json`)', 'works', ['runs every tool once']],
  ['MCP servers', 'works', ['runs every tool once']],
  ['hooks', 'works', ['runs every tool once']],
  ['subagents', 'works', ['a subagent runs separately', 'runs every tool once']],
  ['plan mode', 'works', ['is not run unasked in plan mode', 'runs every tool once']],
  ['default mode', 'works', ['is not run unasked in default mode']],
  [
    'compaction, also after a switch to a smaller window',
    'works',
    ['recovers from a context overflow', 'after a switch at 100k'],
  ],
  ['`/model`, `/context`', 'works', ['/model sends a request upstream']],
  ['images and PDF', 'works', ['an image arrives as an image']],
  ['web search', 'works', ['the web uses the upstream’s own search']],
  ['tool search, where the user turns it on', 'works', ['for tools makes the found tools callable']],
  ['status line', 'works', ['shows ccp’s status line']],
  ['`--effort`, session ids', 'works', ['applies --effort']],
  ['Claude Code’s own login', 'works', ['own login is sent to Anthropic unchanged']],
  ['every dialect', 'works', ['reads a file, writes a large file and runs two parallel commands']],
  ['`--bg`', 'works', ['goes on through ccp’s proxy', 'when the supervisor starts it again']],
  ['`claude gateway` as the upstream', 'works', ['upstream gets the gateway’s key alone']],
  ['titles of sessions', 'works', ['a session gets a title']],
  ['`--fallback-model`', 'named', ['says when Claude Code moves']],
  ['`--max-budget-usd`, gateways in settings files', 'named', ['names a gateway in settings files']],
  ['sockets in settings files', 'refused', ['a socket in the settings of a repository']],
  [
    '`--cloud`, `--environment`, `--desktop`',
    'refused',
    ['the arguments ["launch","--","--cloud"', 'the arguments ["launch","--","--desktop"'],
  ],
  ['agent view (`←`)', 'absent', ['the key of the agent view']],
];

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'node_modules', '.cache', 'client-matrix');
mkdirSync(folder, { recursive: true });

/** Runs the end-to-end tests. @returns their titles and results. */
function results(version: string, command: readonly string[]): Report['testResults'][number]['assertionResults'] {
  const output = join(folder, `${version}.json`);
  process.stdout.write(`Claude Code ${version}: about three minutes …\n`);
  spawnSync(process.execPath, [...command, '--reporter=json', `--outputFile=${output}`], {
    cwd: root,
    stdio: 'ignore',
  });
  const report: Report = JSON.parse(readFileSync(output, 'utf8'));
  return report.testResults.flatMap(({ assertionResults }) => assertionResults);
}

const pinned: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies[
  '@anthropic-ai/claude-code'
];
const newest =
  process.argv[2] ?? execFileSync('npm', ['view', '@anthropic-ai/claude-code', 'version'], { encoding: 'utf8' }).trim();
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', '--project', 'e2e'];
const runs = [
  { version: pinned, found: results(pinned, vitest) },
  { version: newest, found: results(newest, ['test/newest-claude.mjs', newest]) },
];

let hasFailed = false;
function cell(outcome: Outcome, tests: readonly string[], found: (typeof runs)[number]['found']): string {
  const states = tests.map((title) =>
    found.filter(({ fullName }) => fullName.includes(title)).map(({ status }) => status),
  );
  const isProved = states.every((all) => all.length > 0 && all.every((status) => status === 'passed'));
  if (!isProved) hasFailed = true;
  return isProved ? outcome : states.some((all) => all.length === 0) ? 'no test' : 'fails';
}

const rows = features.map(
  ([feature, outcome, tests]) => `| ${feature} | ${runs.map(({ found }) => cell(outcome, tests, found)).join(' | ')} |`,
);
const table = [`| feature | ${pinned} | ${newest} |`, '|---|---|---|', ...rows].join('\n');
const path = join(root, 'docs', 'claude-code.md');
const [start, end] = ['<!-- client-matrix -->', '<!-- /client-matrix -->'];
const text = readFileSync(path, 'utf8');
writeFileSync(path, `${text.slice(0, text.indexOf(start) + start.length)}\n${table}\n${text.slice(text.indexOf(end))}`);
process.stdout.write(`${table}\n`);
process.exitCode = hasFailed ? 1 : 0;
