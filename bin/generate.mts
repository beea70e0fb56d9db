// `npm run generate` writes what is made from the settings schema; `npm run generated` fails when a file is out of date.
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
  return page.replace(
    /(<!-- settings -->\n)[\s\S]*?(\n<!-- \/settings -->)/,
    (_all, begin, end) => begin + settingsTable() + end,
  );
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
const stale: string[] = [];
for (const [name, text] of files) {
  const path = join(root, name);
  let now = '';
  try {
    now = readFileSync(path, 'utf8');
  } catch {
    // It is written below.
  }
  if (now === text) continue;
  stale.push(name);
  if (!check) writeFileSync(path, text);
}
if (check && stale.length > 0) {
  process.stderr.write(`out of date: ${stale.join(', ')}; run \`npm run generate\`\n`);
  process.exit(1);
}
process.stdout.write(`generated: ${files.size} files${check ? ' are up to date' : ''}\n`);
