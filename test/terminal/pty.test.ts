import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
import { expect, it } from 'vitest';
import { openPty } from '../../src/terminal/pty.ts';
import { readRestOnDestroy } from '../../src/terminal/quick-read.ts';

it('a large paste into a program that writes before it reads arrives complete and does not block the event loop', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccp-pty-'));
  const file = join(folder, 'got');
  const paste = '0123456789abcdef\n'.repeat(30_000);
  const script = `stty raw -echo; echo ready; sleep 0.3; head -c 3000000 /dev/zero | tr '\\0' x; head -c ${paste.length} > ${file}; echo done`;
  const pty = openPty({
    path: '/bin/sh',
    args: ['-c', script],
    env: { PATH: process.env.PATH ?? '' },
    cwd: folder,
    cols: 80,
    rows: 24,
  });
  let tail = '';
  let ready = false;
  let received = 0;
  pty.onData((data) => {
    received += data.length;
    const seen = tail + Buffer.from(data).toString('latin1');
    // Latched, because later output pushes it out of `tail`.
    ready ||= seen.includes('ready');
    tail = seen.slice(-200);
  });
  while (!ready) await wait(5);
  let longestBlock = 0;
  let last = performance.now();
  const ticking = setInterval(() => {
    longestBlock = Math.max(longestBlock, performance.now() - last);
    last = performance.now();
  }, 5);
  pty.write(paste);
  while (!tail.includes('done')) await wait(5);
  clearInterval(ticking);
  expect(readFileSync(file, 'utf8') === paste).toBe(true);
  expect(received).toBeGreaterThan(3_000_000);
  expect(longestBlock).toBeLessThan(500);
  rmSync(folder, { recursive: true });
}, 20_000);

it('output that is unread when the stream is destroyed is delivered first', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccp-pty-'));
  const [file, printed] = [join(folder, 'printed'), 'the last line'];
  const pty = spawn('/bin/sh', ['-c', `printf '${printed}'; touch ${file}; sleep 60`], { encoding: null, cwd: folder });
  const socket = Reflect.get(pty, '_socket') as Readable;
  let received = '';
  readRestOnDestroy(socket, Reflect.get(pty, 'fd') as number, (data) => {
    received += data;
  });
  // The event loop does not run, so that nothing reads the output meanwhile.
  while (!existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  socket.destroy();
  expect(received).toBe(printed);
  pty.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});
