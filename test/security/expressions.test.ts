/** Every regular expression of the source takes linear time: foreign text of 256 kB must not stop a process. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const length = 256 * 1024;
/** Time of the CPU: a busy machine does not add to it. A linear expression takes less than 1 s, a quadratic one minutes. */
const farTooLongMs = 5_000;

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const literal = /(?:^|[=(,:[!&|?{}>;]|\breturn)\s*(\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*)/gm;

function expressionsIn(text: string): RegExp[] {
  return [...text.matchAll(literal)].flatMap(([, found = '']) => {
    const end = found.lastIndexOf('/');
    try {
      return [new RegExp(found.slice(1, end), found.slice(end + 1).replace(/[gy]/g, ''))];
    } catch {
      // A division or a path, not an expression.
      return [];
    }
  });
}

/** Texts that make an expression try again at every position: single characters, and what the expression looks for. */
function adversarialTexts({ source }: RegExp): string[] {
  const words = source.replace(/\\[a-zA-Z]/g, ' ').match(/[\w<"'=:;./ -]{2,}/g) ?? [];
  const units = ['a', '1', ' ', '<', '-', '/', '\n', '\x1b[', 'a ', '1 ', ...words.slice(0, 4)];
  return units.map((unit) => unit.repeat(Math.ceil(length / unit.length)));
}

const files = ['src', 'components'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map(String)
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name)),
);
const expressions = files.flatMap((file) =>
  expressionsIn(readFileSync(join(root, file), 'utf8')).map((expression) => ({ file, expression })),
);

it('finds the expressions of the source', () => {
  expect(expressions.length).toBeGreaterThan(150);
});

it.each(expressions)('$file: $expression', ({ expression }) => {
  for (const text of adversarialTexts(expression)) {
    const start = cpuMs();
    expression.test(text);
    const ms = cpuMs() - start;
    expect(ms, `${JSON.stringify(text.slice(0, 20))}…`).toBeLessThan(farTooLongMs);
  }
});
