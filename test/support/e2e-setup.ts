/** Runs once around the end-to-end tests: builds ccp, and verifies that nothing connected to another machine. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DenyingProxy } from './denying-proxy.ts';

export async function setup(): Promise<() => Promise<void>> {
  execFileSync(process.execPath, [join(import.meta.dirname, '..', '..', 'bin', 'build.mjs')], { stdio: 'inherit' });
  const proxy = await DenyingProxy.start();
  // `makeHome` passes it to ccp and Claude Code as their HTTP proxy.
  process.env.CCP_TEST_PROXY = proxy.url;
  return async () => {
    await proxy.stop();
    if (proxy.denied.length > 0)
      throw new Error(`The end-to-end tests connected to other machines: ${[...new Set(proxy.denied)].join(', ')}`);
  };
}
