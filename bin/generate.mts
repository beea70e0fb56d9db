// `npm run generate` writes the files that are generated from code; `npm run generated` fails when one is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './generated.mts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const files = generatedFiles(root);
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
