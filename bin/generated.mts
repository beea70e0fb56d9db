/** The files generated from the settings schema: the JSON Schemas and the table in docs/settings.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { scalarSettings } from '../src/settings/scalars.ts';
import { objectSchemas, settingsSchema } from '../src/settings/schema.ts';
import { upstreamSettings } from '../src/settings/upstream-settings.ts';

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

function settingsPage(root: string): string {
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

/** @returns the current text of each generated file, by its path relative to `root`. */
export const generatedFiles = (root: string): ReadonlyMap<string, string> =>
  new Map<string, string>([
    ['src/schemas/settings.schema.json', jsonSchema('ccp settings', 'settings.schema.json', settingsSchema)],
    ...Object.entries(objectSchemas).map(([name, schema]): [string, string] => [
      `src/schemas/${name}.schema.json`,
      jsonSchema(titles[name] ?? name, `${name}.schema.json`, schema),
    ]),
    ['docs/settings.md', settingsPage(root)],
  ]);
