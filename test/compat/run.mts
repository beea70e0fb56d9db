// `npm run compatibility`: what programs may expect of a terminal, bare and in the pane; the list goes to docs/measured.
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
  const says = (holds: boolean | undefined) => (holds === undefined ? '' : holds ? 'PASS' : 'FAIL').padEnd(5);
  lines.push(`${says(pane)} ${says(bare)} ${item.name}`);
  process.stdout.write(`${lines.at(-1)}\n`);
}
home.remove();
const folder = join(root, 'docs', 'measured');
mkdirSync(folder, { recursive: true });
const sum = `${items.length - failed} of ${items.length} items pass in the pane`;
writeFileSync(join(folder, 'compatibility.txt'), `${['pane  bare', ...lines, '', sum].join('\n')}\n`);
process.stdout.write(`${sum}\n`);
process.exit(failed === 0 ? 0 : 1);
