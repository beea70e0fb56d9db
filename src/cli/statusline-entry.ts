/**
 * The program that prints Claude Code's status line. It must be fast, so it reads one file and loads little else. Runs
 * as `ccp statusline`, or as `node statusline.js FILE [COMMAND]`; COMMAND is the user's own status line command in
 * base64, and its output is printed above ccp's line.
 */
import { readEnvironment } from '../platform/environment.ts';
import { sessionLine } from './statusline.ts';

const timeoutMs = 2_000;
const args = process.argv.slice(2).filter((word) => word !== 'statusline');
const [file, command] = args;
const line = sessionLine(file, readEnvironment());

if (command === undefined) process.stdout.write(line);
else {
  const { spawnSync } = await import('node:child_process');
  const { stdout } = spawnSync(Buffer.from(command, 'base64').toString('utf8'), {
    shell: true,
    stdio: ['inherit', 'pipe', 'ignore'],
    timeout: timeoutMs,
    windowsHide: true,
  });
  const ownOutput = String(stdout ?? '').replace(/\n+$/, '');
  process.stdout.write(`${ownOutput === '' ? '' : `${ownOutput}\n`}${line}`);
}
