import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './cli/program.ts';

declare const __CCP_VERSION__: string | undefined;

const version = typeof __CCP_VERSION__ === 'string' ? __CCP_VERSION__ : '0.0.0-source';

const entry = fileURLToPath(import.meta.url);
// Linked into PATH the command is `ccp`; from a checkout it is the path of the script.
const isLinked = basename(process.argv[1] ?? '') === 'ccp';
const script = join(entry, '..', '..', 'bin', 'ccp.js');
const relativePath = relative(process.cwd(), script);
const self = isLinked ? 'ccp' : `node ${relativePath.startsWith('..') ? script : relativePath}`;

process.exitCode = await run(process.argv.slice(2), {
  version,
  env: { ...process.env },
  entry,
  self,
});
// Exits after pending output is written. Open handles (an idle upstream connection, a worker) are not awaited.
process.stdout.write('', () => process.exit());
