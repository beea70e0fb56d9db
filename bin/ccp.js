#!/usr/bin/env node
import { enableCompileCache } from './compile-cache.js';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`ccp needs Node.js 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
// Ctrl+\ is the prefix key of the screen, and a signal until the screen opens. Commands without a screen undo this.
if (process.platform !== 'win32' && process.stdin.isTTY && process.stdout.isTTY) process.on('SIGQUIT', () => {});
enableCompileCache();
try {
  // The status line runs often, so it loads only its own module.
  await (process.argv[2] === 'statusline' ? import('../dist/statusline.js') : import('../dist/main.js'));
} catch (thrown) {
  if (thrown?.code !== 'ERR_MODULE_NOT_FOUND' || !String(thrown.message).includes('dist')) throw thrown;
  process.stderr.write('ccp is not built yet: run `npm ci` (or `npm run build`) in its folder.\n');
  process.exit(1);
}
