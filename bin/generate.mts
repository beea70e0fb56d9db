// `npm run generate` writes the files generated from the settings schema; `npm run generated` fails when one is out of
// date.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { scalarSettings } from '../src/settings/scalars.ts';
import { objectSchemas, settingsSchema } from '../src/settings/schema.ts';
import { upstreamSettings } from '../src/settings/upstream-settings.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const jsonSchema = (title: string, file: string, schema: z.ZodType): string => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return `${JSON.stringify({ $schema, $id: `ccp/${file}`, title, ...rest }, null, 2)}\n`;
};

function settingsTable(): string {
  const scalars = Object.entries(scalarSettings).map(([key, row]) => ({ key, ...row }));
  const rows = [...scalars, ...upstreamSettings].map(
    ({ key, variable, default: byDefault, description }) =>
      `| \`${key}\` | \`${variable}\` | ${byDefault === undefined ? '' : `\`${String(byDefault)}\``} | ${description} |`,
  );
  return ['| setting | variable | default | |', '|---|---|---|---|', ...rows].join('\n');
}

function settingsPage(): string {
  const page = readFileSync(join(root, 'docs/settings.md'), 'utf8');
  const markers = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;
  if (!markers.test(page)) throw new Error('docs/settings.md has no place for the table of settings');
  return page.replace(markers, (_all, begin, end) => `${begin}${settingsTable()}\n${end}`);
}

const titles: Record<string, string> = {
  routes: 'Routes',
  fallback: 'Fallback',
  budgets: 'Budgets',
  upstreams: 'Upstreams',
};

const files = new Map<string, string>([
  ['src/schemas/settings.schema.json', jsonSchema('ccp settings', 'settings.schema.json', settingsSchema)],
  ...Object.entries(objectSchemas).map(([name, schema]): [string, string] => [
    `src/schemas/${name}.schema.json`,
    jsonSchema(titles[name] ?? name, `${name}.schema.json`, schema),
  ]),
  ['docs/settings.md', settingsPage()],
]);

const check = process.argv.includes('--check');
const staleFiles: string[] = [];
for (const [name, text] of files) {
  const path = join(root, name);
  let currentText = '';
  try {
    currentText = readFileSync(path, 'utf8');
  } catch {
    // A missing file is written below.
  }
  if (currentText === text) continue;
  staleFiles.push(name);
  if (!check) writeFileSync(path, text);
}
if (check && staleFiles.length > 0) {
  process.stderr.write(`out of date: ${staleFiles.join(', ')}; run \`npm run generate\`\n`);
  process.exit(1);
}
process.stdout.write(`generated: ${files.size} files${check ? ' are up to date' : ''}\n`);
