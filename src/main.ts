import { fileURLToPath } from 'node:url';
import { run } from './cli/program.ts';

declare const __CCP_VERSION__: string | undefined;

const version = typeof __CCP_VERSION__ === 'string' ? __CCP_VERSION__ : '0.0.0-source';

process.exitCode = await run(process.argv.slice(2), {
  version,
  env: { ...process.env },
  entry: fileURLToPath(import.meta.url),
});
// Whatever still holds the loop (an idle upstream connection, a worker) is not worth waiting for; output is.
process.stdout.write('', () => process.exit());
