// `npm run bench:terminal`: any wrapper around a terminal program, driven from outside, beside tmux and the bare program
// in one run. Rounds are interleaved; ratios count, not milliseconds. Linux only: it reads /proc.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const pty = createRequire(import.meta.url)('@lydell/node-pty');
const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ccp-bench-'));
const rounds = Number(process.argv[2] ?? 3);
const size = { cols: 160, rows: 45 };
const keys = 150;
const floodMb = 20;
/** Letters that no program prints by itself: found in the bytes whatever a wrapper repaints around them. */
const marks = [...'ᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃ'];
const endMark = 'Ꮿ';

const quoted = (words) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
const targets = {
  bare: (child) => child,
  ...(spawnSync('tmux', ['-V']).status === 0
    ? { tmux: (child, id) => ['tmux', '-L', `bench-${id}`, '-f', '/dev/null', 'new-session', quoted(child)] }
    : {}),
  ccp: (child) => [process.execPath, join(here, '..', 'bin', 'ccp.js'), 'pane', '--layout', 'side', '--', ...child],
};

const flood = join(folder, 'flood.txt');
const line = (n) =>
  `\x1b[3${n % 8}m${String(n).padStart(7)} ${'the heron waits in the shallow water '.repeat(2)}\x1b[0m\n`;
const block = Array.from({ length: 4_000 }, (_, n) => line(n)).join('');
writeFileSync(flood, block.repeat(Math.ceil((floodMb * 1e6) / block.length)));

const programs = {
  echo: ['/bin/sh', '-c', 'stty raw -echo; printf ready; exec cat'],
  flood: ['/bin/sh', '-c', `printf ready; read x; cat ${flood}; printf '%s' ${endMark}; sleep 5`],
  spin: [
    process.execPath,
    '-e',
    `let n=0;process.stdout.write('ready');setInterval(()=>process.stdout.write('\\r'+'|/-\\\\'[n++%4]+' working '+n),33)`,
  ],
  idle: ['/bin/sh', '-c', 'printf ready; sleep 100'],
};

let runs = 0;

/** One run of a program inside a target: its bytes, its processes. */
class Run {
  constructor(target, program) {
    this.id = `${process.pid}-${runs++}`;
    this.tag = `CCP_BENCH_RUN=${this.id}`;
    const [file, ...args] = targets[target](programs[program], this.id);
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
      LANG: 'C.UTF-8',
      CCP_BENCH_RUN: this.id,
    };
    this.started = performance.now();
    this.bytes = 0;
    this.text = '';
    this.pty = pty.spawn(file, args, { ...size, env, cwd: folder, name: 'xterm-256color' });
    this.pty.onData((data) => {
      this.bytes += Buffer.byteLength(data);
      this.text = (this.text + data).slice(-4_000);
      // As a modern terminal answers; everything else may stay unanswered.
      if (data.includes('\x1b[c')) this.pty.write('\x1b[?62;22c');
      this.heard?.();
    });
  }

  /** Milliseconds until the text is among the bytes. */
  async until(text, ms = 30_000) {
    const from = performance.now();
    while (!this.text.includes(text)) {
      if (performance.now() - from > ms) throw new Error(`no ${JSON.stringify(text)} from ${this.id}`);
      await Promise.race([new Promise((resolve) => (this.heard = resolve)), wait(50)]);
    }
    return performance.now() - from;
  }

  /** Of every process of this run, the driver's own excepted. */
  processes() {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(this.tag);
        } catch {
          return false;
        }
      });
  }

  cpuMs() {
    return this.processes().reduce((sum, pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
        return sum + (Number(fields[11]) + Number(fields[12])) * 10;
      } catch {
        return sum;
      }
    }, 0);
  }

  memoryMb() {
    return this.processes().reduce((sum, pid) => {
      try {
        return sum + Number(/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
      } catch {
        return sum;
      }
    }, 0);
  }

  end() {
    for (const pid of this.processes()) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // Gone meanwhile.
      }
    }
  }
}

const measures = {
  async start(target) {
    const run = new Run(target, 'idle');
    await run.until('ready');
    const ms = performance.now() - run.started;
    run.end();
    return { 'first paint, ms': [ms] };
  },
  async echo(target) {
    const run = new Run(target, 'echo');
    await run.until('ready');
    await wait(1_500);
    const times = [];
    for (let key = 0; key < keys; key++) {
      const mark = marks[key % marks.length];
      run.text = '';
      run.pty.write(mark);
      times.push(await run.until(mark));
      await wait(10 + Math.random() * 10);
    }
    run.end();
    return { 'echo, ms': times };
  },
  async flood(target) {
    const run = new Run(target, 'flood');
    await run.until('ready');
    await wait(1_500);
    const [cpu, bytes] = [run.cpuMs(), run.bytes];
    run.pty.write('\r');
    const ms = await run.until(endMark, 60_000);
    const result = {
      'flood of 20 MB, ms': [ms],
      'flood CPU, ms': [run.cpuMs() - cpu],
      'flood bytes out, MB': [(run.bytes - bytes) / 1e6],
    };
    run.end();
    return result;
  },
  async spin(target) {
    const run = new Run(target, 'spin');
    await run.until('working');
    await wait(8_000);
    const cpu = run.cpuMs();
    await wait(5_000);
    const result = { 'spinner at 30 fps, CPU %': [(run.cpuMs() - cpu) / 50], 'memory, MB': [run.memoryMb()] };
    run.end();
    return result;
  },
};

const results = {};
function collect(name, target, values) {
  results[name] ??= {};
  results[name][target] ??= [];
  results[name][target].push(...values);
}
for (let round = 0; round < rounds; round++)
  for (const measure of Object.values(measures))
    for (const target of Object.keys(targets).sort(() => Math.random() - 0.5))
      for (const [name, values] of Object.entries(await measure(target))) collect(name, target, values);
rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

const quantile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const names = Object.keys(targets);
const table = [`${''.padEnd(28)}${names.map((name) => name.padStart(12)).join('')}${'ccp/tmux'.padStart(12)}`];
const row = (title, share, of) => {
  const cells = names.map((name) => quantile(of[name], share));
  const base = of.tmux && quantile(of.tmux, share);
  const ratio = base ? `${(quantile(of.ccp, share) / base).toFixed(2)}×` : '';
  table.push(`${title.padEnd(28)}${cells.map((cell) => cell.toFixed(2).padStart(12)).join('')}${ratio.padStart(12)}`);
};
for (const [name, of] of Object.entries(results)) {
  row(name === 'echo, ms' ? 'echo p50, ms' : name, 0.5, of);
  if (name === 'echo, ms') row('echo p99, ms', 0.99, of);
}
const report = `${table.join('\n')}\n`;
process.stdout.write(report);
const measured = join(here, '..', 'docs', 'measured');
mkdirSync(measured, { recursive: true });
writeFileSync(join(measured, 'terminal-bench.txt'), report);
