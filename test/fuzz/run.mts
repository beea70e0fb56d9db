// `npm run fuzz -- [--streams N] [--requests N] [--failures N] [--seed N] [--minutes N]`: translates mutated streams,
// requests and failed responses, and judges the results. Each failure is written to a file, which `npm run fuzz -- --replay FILE` runs again.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { failureCase, runFailure } from './failures.ts';
import { requestCase, runRequest } from './requests.ts';
import { runStream, streamCase } from './streams.ts';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '20000' },
    requests: { type: 'string', default: '2000' },
    failures: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    replay: { type: 'string' },
  },
});
const folder = join('node_modules', '.cache', 'fuzz');
const end = Date.now() + Number(values.minutes) * 60_000;
const counts = new Map<string, { cases: number; violations: number; internal: number }>();

interface Result {
  readonly faults: readonly string[];
  readonly internal: string | undefined;
}

function record(category: string, { faults, internal }: Result, seed: number, details: unknown): void {
  const count = counts.get(category) ?? { cases: 0, violations: 0, internal: 0 };
  counts.set(category, count);
  count.cases += 1;
  if (faults.length === 0 && internal === undefined) return;
  count.violations += faults.length > 0 ? 1 : 0;
  count.internal += internal === undefined ? 0 : 1;
  mkdirSync(folder, { recursive: true });
  const kind = category.startsWith('request') ? 'request' : category.startsWith('http') ? 'http' : 'stream';
  const file = join(folder, `${kind}-${seed}.json`);
  writeFileSync(file, JSON.stringify({ kind, seed, category, faults, internal, details }, undefined, 2));
  process.stdout.write(`${category}: ${(internal ?? faults[0] ?? '').split('\n')[0]?.slice(0, 160)}\n  ${file}\n`);
}

function stream(seed: number): void {
  const one = streamCase(seed);
  const { chunks, ...mutation } = one.mutated;
  const bytes = Buffer.concat(chunks).toString('base64');
  record(`${one.dialect} ${one.category}`, runStream(one), seed, {
    style: one.style,
    answer: one.answer,
    mutation,
    bytes,
  });
}

function request(seed: number): void {
  const one = requestCase(seed);
  record(`request ${one.dialect}`, runRequest(one), seed, one);
}

function failure(seed: number): void {
  const one = failureCase(seed);
  record(`http ${one.dialect}`, runFailure(one), seed, one);
}

if (values.replay !== undefined) {
  const { kind, seed } = JSON.parse(readFileSync(values.replay, 'utf8'));
  if (kind === 'request') request(seed);
  else if (kind === 'http') failure(seed);
  else stream(seed);
} else {
  const first = Number(values.seed);
  for (let n = 0; n < Number(values.streams) && Date.now() < end; n++) stream(first + n);
  for (let n = 0; n < Number(values.requests) && Date.now() < end; n++) request(first + n);
  for (let n = 0; n < Number(values.failures) && Date.now() < end; n++) failure(first + n);
}
const rows = [...counts].sort(([a], [b]) => a.localeCompare(b));
for (const [category, { cases, violations, internal }] of rows)
  process.stdout.write(
    `${category.padEnd(22)} ${String(cases).padStart(8)} cases  ${violations} violations  ${internal} internal errors\n`,
  );
process.exitCode = rows.some(([, { violations, internal }]) => violations + internal > 0) ? 1 : 0;
