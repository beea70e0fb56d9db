// `npm run compatibility`: tests terminal features bare and in the pane and writes the results to docs/measured.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHome, root } from '../support/home.ts';
import { items } from './items.ts';
import { tryItem } from './world.ts';

const home = makeHome();
const lines: string[] = [];
let failed = 0;
for (const item of items) {
  const bare = item.wrappedOnly ? undefined : await tryItem(item, false, home);
  const pane = await tryItem(item, true, home);
  if (!pane) failed += 1;
  const formatResult = (holds: boolean | undefined) => (holds === undefined ? '' : holds ? 'PASS' : 'FAIL').padEnd(5);
  lines.push(`${formatResult(pane)} ${formatResult(bare)} ${item.name}`);
  process.stdout.write(`${lines.at(-1)}\n`);
}
home.remove();
const folder = join(root, 'docs', 'measured');
mkdirSync(folder, { recursive: true });
const summary = `${items.length - failed} of ${items.length} items pass in the pane`;
writeFileSync(join(folder, 'compatibility.txt'), `${['pane  bare', ...lines, '', summary].join('\n')}\n`);
process.stdout.write(`${summary}\n`);
process.exit(failed === 0 ? 0 : 1);
