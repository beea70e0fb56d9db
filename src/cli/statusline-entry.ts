/**
 * The program behind Claude Code's status line. It must answer in moments, so it reads one file and loads little more:
 * `ccp statusline`, or `node statusline.js FILE [COMMAND]` with the user's own status line in base64, shown above ours.
 */
import { readEnvironment } from '../platform/environment.ts';
import { sessionLine } from './statusline.ts';

const timeoutMs = 2_000;
const given = process.argv.slice(2).filter((word) => word !== 'statusline');
const [file, command] = given;
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
  const own = String(stdout ?? '').replace(/\n+$/, '');
  process.stdout.write(`${own === '' ? '' : `${own}\n`}${line}`);
}
