// Mutation testing: changes the source in small steps and reports the changes that no unit test detects.
//   npm run mutate                          the files below
//   npm run mutate -- 'src/ledger/*.ts' …   these files
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(root, 'node_modules', '.cache', 'stryker');
const slash = (path) => path.split(sep).join('/');

const critical = [
  'src/ledger/*.ts',
  'src/launch/environment.ts',
  'src/launch/claude-args.ts',
  'src/launch/claude-settings.ts',
  'src/routing/*.ts',
  'src/terminal/painter.ts',
  'src/models/cost.ts',
  'src/models/find.ts',
  'src/translate/dialects/messages/*.ts',
  'src/translate/failures/*.ts',
  'src/proxy/retry.ts',
  'src/proxy/rejected-fields.ts',
  'src/storage/lines.ts',
  'src/storage/ledger-file.ts',
  'src/credentials/refresher.ts',
];

/** Files of the proxy that are tested without one. */
const smallProxyFiles = [
  'admission',
  'answer',
  'body-budget',
  'body-text',
  'budget-keeper',
  'cache-watch',
  'client',
  'confirmation',
  'control',
  'count',
  'credential',
  'decision',
  'delivery',
  'echo',
  'estimate',
  'failed-substitute',
  'finish-turn',
  'guard',
  'learn',
  'listening',
  'listing',
  'max-cost',
  'metrics',
  'prepare',
  'request-abort',
  'request-bodies',
  'request-error',
  'sequence',
  'quota-poll',
  'refusals',
  'resends',
  'scaled-usage',
  'session/compaction-state',
  'session/event-bus',
  'session/ledger-writer',
  'session/switch-route',
  'session/route-state',
  'attempt',
  'attempt-errors',
  'attempts',
  'candidate-headers',
  'side-request',
  'stream-meter',
  'stream-times',
  'token-counts',
  'usage-cost',
  'wait-for-flush',
  'warnings',
  'watch',
];

/**
 * The path prefix of a slice (or several), its tests, its time limit in minutes and its workers if there are not two.
 * The first matching prefix applies.
 */
const slices = [
  ['src/ledger/', ['test/ledger/**', 'test/storage/runs.test.ts'], 6],
  ['src/launch/proxy-process.ts', ['test/launch/proxy-process.test.ts'], 20],
  ['src/launch/session-memory.ts', ['test/launch/session-memory.test.ts'], 10],
  ['src/launch/find-claude.ts', ['test/launch/find-claude.test.ts'], 10],
  ['src/launch/he', ['test/launch/processes.test.ts'], 10],
  ['src/launch/signal-exit.ts', ['test/launch/processes.test.ts'], 5],
  [
    'src/launch/',
    [
      'test/launch/claude-*.test.ts',
      'test/launch/client-features.test.ts',
      'test/launch/redirecting-settings.test.ts',
      'test/launch/environment.test.ts',
      'test/platform/platform.test.ts',
      'test/storage/runs.test.ts',
    ],
    8,
  ],
  ['src/routing/', ['test/routing/**'], 15],
  ['src/terminal/painter.ts', ['test/terminal/painter*.test.ts', 'test/terminal/scroll.test.ts'], 20],
  ['src/terminal/', ['test/terminal/**'], 15],
  ['src/models/', ['test/models/**', 'test/upstreams/upstreams.test.ts'], 10],
  ['src/upstreams/', ['test/upstreams/**'], 10],
  ['src/translate/dialects/messages/', ['test/translate/dialects/messages/**'], 20],
  ['src/translate/failures/', ['test/translate/failures/**'], 15],
  ['src/translate/dialects/gemini/', ['test/translate/dialects/gemini/**'], 15],
  ['src/translate/dialects/chat/', ['test/translate/dialects/chat/**', 'test/translate/thinking.test.ts'], 15],
  ['src/translate/dialects/responses/', ['test/translate/dialects/responses/**', 'test/translate/request.test.ts'], 15],
  // Without the worker of the build that `count.test.ts` needs, and without random and recorded streams, which are slow.
  [
    'src/translate/',
    ['test/translate/anthropic/**', 'test/translate/{answer,repair,request,schema,validate,writer}.test.ts'],
    15,
  ],
  ['src/session/', ['test/session/**'], 15],
  ['src/storage/lock.ts', ['test/storage/lock.test.ts'], 15],
  ['src/storage/settings-file.ts', ['test/storage/settings-file.test.ts'], 15],
  ['src/storage/', ['test/storage/**'], 8],
  ['src/credentials/refresher.ts', ['test/credentials/refresher.test.ts'], 20],
  // `login.test.ts` listens on fixed ports, which two workers would share.
  ['src/credentials/logins/chatgpt.ts', ['test/credentials/{logins/chatgpt,login}.test.ts'], 15, 1],
  ['src/credentials/logins/codex.ts', ['test/credentials/{logins/codex,login}.test.ts'], 15, 1],
  ['src/credentials/logins/', ['test/credentials/logins/*.test.ts'], 15],
  // The tests through an auth server are slow.
  ['src/credentials/', ['test/credentials/!(login|refresh|refresher).test.ts'], 15],
  ['src/proxy/retry.ts', ['test/proxy/retry*.test.ts'], 5],
  ['src/proxy/rejected-fields.ts', ['test/proxy/rejected-fields.test.ts'], 5],
  [
    smallProxyFiles.map((name) => `src/proxy/${name}.ts`),
    [...smallProxyFiles.map((name) => `test/proxy/${name}.test.ts`), 'test/proxy/open-question.test.ts'],
    10,
  ],
  ['src/proxy/', ['test/proxy/**'], 20],
  ['components/', ['test/components/**'], 15],
];
const sliceOf = (file) =>
  slices.find(([prefixes]) => [prefixes].flat().some((prefix) => file.startsWith(prefix))) ?? [
    dirname(file),
    [`${dirname(file).replace(/^src/, 'test')}/**`],
    10,
  ];

const pattern = (glob) =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('**/', '\0')
      .replaceAll('**', '\x01')
      .replaceAll('*', '[^/]*')
      .replaceAll('\0', '(?:.*/)?')
      .replaceAll('\x01', '.*')}$`,
  );

function filesFor(globs) {
  const all = ['src', 'components'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => slash(join(folder, String(name)))),
  );
  return globs.flatMap((glob) => all.filter((file) => /\.tsx?$/.test(file) && pattern(glob).test(file)));
}

let isInterrupted = false;

/** Runs Stryker in a separate process group, which is killed after the time limit. */
async function run([prefixes, tests, minutes, workers = 2], files) {
  const [prefix] = [prefixes].flat();
  const report = join(cache, `${prefix.replace(/\W+/g, '-')}.json`);
  rmSync(report, { force: true });
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'),
      'run',
      'test/stryker.config.mjs',
      '--mutate',
      files.join(','),
    ],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: process.platform !== 'win32',
      env: {
        ...process.env,
        CCP_MUTATE_TESTS:
          process.env.CCP_MUTATE_TESTS ??
          tests.map((glob) => (glob.endsWith('/**') ? `${glob}/*.test.{ts,tsx}` : glob)).join(';'),
        CCP_MUTATE_REPORT: relative(root, report),
        CCP_MUTATE_WORKERS: String(workers),
      },
    },
  );
  const stop = () => {
    try {
      if (process.platform === 'win32') child.kill();
      else process.kill(-child.pid, 'SIGKILL');
    } catch {}
  };
  const timer = setTimeout(() => {
    process.stderr.write(`${prefix}: given up after ${minutes} minutes\n`);
    stop();
  }, minutes * 60_000);
  const interrupt = () => {
    isInterrupted = true;
    stop();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  try {
    return JSON.parse(readFileSync(report, 'utf8')).files;
  } catch {
    return undefined;
  }
}

function rowOf(file, mutants) {
  const count = (...states) => mutants.filter(({ status }) => states.includes(status)).length;
  const [killed, timeout, survived, uncovered] = ['Killed', 'Timeout', 'Survived', 'NoCoverage'].map((s) => count(s));
  const all = killed + timeout + survived + uncovered;
  const score = all === 0 ? '–' : `${((100 * (killed + timeout)) / all).toFixed(1)} %`;
  return [file, all, killed, timeout, survived, uncovered, count('Ignored'), score];
}

function print(rows) {
  const head = ['file', 'mutants', 'killed', 'timeout', 'survived', 'no test', 'static', 'score'];
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => String(row[at]).length)));
  for (const row of [head, ...rows])
    process.stdout.write(
      `${row.map((cell, at) => (at === 0 ? String(cell).padEnd(widths[at]) : String(cell).padStart(widths[at]))).join('  ')}\n`,
    );
}

/** Formats the position of a surviving mutant, the original code and its replacement. */
function survivor(file, source, { location, mutatorName, replacement, status }) {
  const { start, end } = location;
  const line = source.split('\n')[start.line - 1] ?? '';
  const part = start.line === end.line ? line.slice(start.column - 1, end.column - 1) : line.slice(start.column - 1);
  const short = (text) => text.replace(/\s+/g, ' ').slice(0, 110);
  const state = status === 'Survived' ? '' : ' (no test)';
  return `${file}:${start.line}:${start.column} ${mutatorName}${state}: ${short(part)} → ${short(replacement ?? '')}\n`;
}

const files = [...new Set(filesFor(process.argv.length > 2 ? process.argv.slice(2) : critical))];
if (files.length === 0) {
  process.stderr.write('No source file has such a name.\n');
  process.exit(2);
}
mkdirSync(cache, { recursive: true });
const groups = new Map();
for (const file of files) {
  const slice = sliceOf(file);
  groups.set(slice[0], { slice, files: [...(groups.get(slice[0])?.files ?? []), file] });
}
const rows = [];
const survivors = [];
let failed = false;
for (const { slice, files: own } of groups.values()) {
  const found = await run(slice, own);
  rmSync(join(cache, 'sandbox'), { recursive: true, force: true });
  if (isInterrupted) process.exit(130);
  if (found === undefined) {
    failed = true;
    process.stderr.write(`${[slice[0]].flat()[0]}: no report\n`);
    continue;
  }
  for (const [file, { source, mutants }] of Object.entries(found)) {
    rows.push(rowOf(file, mutants));
    const left = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
    left.sort((a, b) => a.location.start.line - b.location.start.line);
    survivors.push(...left.map((mutant) => survivor(file, source, mutant)));
  }
}
if (survivors.length > 0) process.stdout.write(`Not noticed:\n${survivors.join('')}\n`);
if (rows.length > 0) {
  const sum = (at) => rows.reduce((total, row) => total + row[at], 0);
  const score = `${((100 * (sum(2) + sum(3))) / Math.max(1, sum(1))).toFixed(1)} %`;
  print([...rows, ['all', ...[1, 2, 3, 4, 5, 6].map(sum), score]]);
}
process.exit(failed ? 1 : 0);
