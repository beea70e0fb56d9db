/** The files generated from code: the JSON Schemas of the settings, and tables in docs/settings.md and docs/claude-code.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { clientFeatures } from '../src/launch/client-features.ts';
import { policySchema } from '../src/settings/policy-schema.ts';
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

const effects = {
  allowed: 'as the policy says',
  refused: 'refused',
  noted: 'named',
  'noted when routed': 'named on a routed model',
};

function featuresTable(): string {
  const rows = clientFeatures.map(
    ({ names, effect, text }) => `| ${names.map((name) => `\`${name}\``).join(', ')} | ${effects[effect]} | ${text} |`,
  );
  return ['| flag or subcommand | ccp | reason |', '|---|---|---|', ...rows].join('\n');
}

/** The page with a new table between the comments `<!-- NAME -->` and `<!-- /NAME -->`. */
function pageWith(root: string, file: string, name: string, table: string): string {
  const page = readFileSync(join(root, file), 'utf8');
  const markers = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!markers.test(page)) throw new Error(`${file} has no place for the table of ${name}`);
  return page.replace(markers, (_all, begin, end) => `${begin}${table}\n${end}`);
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
    ['src/schemas/policy.schema.json', jsonSchema('Policy', 'policy.schema.json', policySchema)],
    ['docs/settings.md', pageWith(root, 'docs/settings.md', 'settings', settingsTable())],
    ['docs/claude-code.md', pageWith(root, 'docs/claude-code.md', 'features', featuresTable())],
  ]);
