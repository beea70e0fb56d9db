/** One run of the probe, bare or in the pane. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Emulator } from '../../src/terminal/emulator.ts';
import { picture } from '../fidelity/picture.ts';
import { ccp, type Home } from '../support/home.ts';
import { TestTerminal } from '../support/terminal.ts';
import type { Item } from './items.ts';
import { Witness } from './witness.ts';

const size = { cols: 78, rows: 24 };
const meterCols = 32;
const probe = new URL('probe.mjs', import.meta.url).pathname;
const readyMs = 15_000;
const conditionTimeoutMs = 6_000;
const stayDelayMs = 800;

interface ProbeLog {
  readonly received: string;
  readonly sizes: readonly (readonly number[])[];
  readonly said: number;
}

let runs = 0;

export class World {
  readonly witness: Witness;
  readonly #terminal: TestTerminal;
  readonly #log: string;
  readonly #extra: number;
  /** The terminal has answered the last of the pane's own queries, so its answers precede what the item sends. */
  #isIdentified: boolean;
  cols = size.cols;
  rows = size.rows;
  /** Whether the pattern of `watchFor` was on the screen. */
  seen = false;

  constructor(wrapped: boolean, home: Home, says: readonly string[]) {
    this.#extra = wrapped ? meterCols : 0;
    this.#log = join(home.home, `probe-${runs++}.json`);
    const child = [process.execPath, probe, this.#log, ...says.map((text) => Buffer.from(text).toString('hex'))];
    this.#terminal = new TestTerminal({
      argv: wrapped ? [process.execPath, ccp, 'pane', '--layout', 'side', '--', ...child] : child,
      env: home.env,
      cwd: home.project,
      cols: size.cols + this.#extra,
      rows: size.rows,
    });
    this.witness = new Witness(this.#terminal);
    this.#isIdentified = !wrapped;
    this.#terminal.emulator.terminal.onData((answer) => {
      this.#isIdentified ||= /^\x1b\[\?[\d;]*c$/.test(answer);
    });
  }

  get #probeLog(): ProbeLog {
    try {
      return JSON.parse(readFileSync(this.#log, 'utf8'));
    } catch {
      return { received: '', sizes: [], said: 0 };
    }
  }

  get received(): string {
    return this.#probeLog.received;
  }

  get sizes(): readonly (readonly number[])[] {
    return this.#probeLog.sizes;
  }

  get modes() {
    return this.#terminal.emulator.terminal.modes;
  }

  get text(): string {
    return this.#terminal.text;
  }

  send(keys: string): void {
    this.#terminal.send(keys);
  }

  /** Sends one key and waits, so that it arrives separately. */
  async press(key: string): Promise<void> {
    this.send(key);
    await wait(30);
  }

  async resize(cols: number, rows: number): Promise<void> {
    this.cols += cols;
    this.rows += rows;
    await this.#terminal.resize(this.cols + this.#extra, this.rows);
  }

  async watchFor(pattern: RegExp): Promise<void> {
    for (const end = performance.now() + 400; performance.now() < end && !this.seen; await wait(3))
      // During a synchronised update a terminal still shows the previous screen.
      this.seen = !this.#terminal.emulator.isSynchronising && pattern.test(this.text);
  }

  looksLike(says: readonly string[]): boolean {
    const reference = new Emulator({ ...size, scrollback: 0 });
    for (const text of says) reference.feed(text);
    const [actual, expected] = [this.#terminal.emulator, reference].map((one) => picture(one, size.cols, size.rows));
    return JSON.stringify(actual?.cells) === JSON.stringify(expected?.cells) && actual?.cursor === expected?.cursor;
  }

  async ready(texts: number, isEarly: boolean): Promise<void> {
    for (const end = performance.now() + readyMs; performance.now() < end; await wait(15)) {
      const { sizes, said } = this.#probeLog;
      if (sizes.length > 0 && (isEarly || (said >= texts && this.#isIdentified))) break;
    }
    if (!isEarly) await wait(250);
  }

  close(): Promise<void> {
    return this.#terminal.close();
  }
}

/** @returns whether the condition of the item is met. */
export async function tryItem(item: Item, wrapped: boolean, home: Home): Promise<boolean> {
  const world = new World(wrapped, home, item.says ?? []);
  try {
    await world.ready(item.says?.length ?? 0, item.name.includes('synchronised update'));
    await item.act?.(world);
    if (item.stays) {
      await wait(stayDelayMs);
      return item.holds(world);
    }
    for (const end = performance.now() + conditionTimeoutMs; performance.now() < end; await wait(25))
      if (item.holds(world)) return true;
    return false;
  } finally {
    await world.close();
  }
}
