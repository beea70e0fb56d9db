import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './cli/program.ts';

declare const __CCP_VERSION__: string | undefined;

const version = typeof __CCP_VERSION__ === 'string' ? __CCP_VERSION__ : '0.0.0-source';

const entry = fileURLToPath(import.meta.url);
// Linked into PATH it is `ccp`; out of a checkout it is a file of it.
const linked = basename(process.argv[1] ?? '') === 'ccp';
const script = join(entry, '..', '..', 'bin', 'ccp.js');
const near = relative(process.cwd(), script);
const self = linked ? 'ccp' : `node ${near.startsWith('..') ? script : near}`;

process.exitCode = await run(process.argv.slice(2), {
  version,
  env: { ...process.env },
  entry,
  self,
});
// Whatever still holds the loop (an idle upstream connection, a worker) is not worth waiting for; output is.
process.stdout.write('', () => process.exit());
