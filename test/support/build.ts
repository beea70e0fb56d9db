/** Builds ccp before the end-to-end tests, which run the bundle. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export const setup = (): void => {
  execFileSync(process.execPath, [join(import.meta.dirname, '..', '..', 'bin', 'build.mjs')], { stdio: 'inherit' });
};
