/** What the child asks of its terminal: modes to mirror outward, questions to answer, bytes to pass through. */
import type { Emulator } from './emulator.ts';
import type { HostCapabilities } from './host-capabilities.ts';

const kittyStackLimit = 16;
/** Passed through as they are: clipboard, progress and notifications. */
const forwardedOsc = [52, 9, 99, 777];

export class ChildTerminalModes {
  readonly #emulator: Emulator;
  readonly #facts: HostCapabilities;
  readonly #answer: (text: string) => void;
  readonly #changed: () => void;
  readonly #kitty: number[] = [0];
  #passThrough = '';
  modifyOtherKeys = 0;
  cursorStyle = 0;
  themeReports = false;
  title: string | undefined;

  constructor(emulator: Emulator, facts: HostCapabilities, answer: (text: string) => void, changed: () => void) {
    this.#emulator = emulator;
    this.#facts = facts;
    this.#answer = answer;
    this.#changed = changed;
    emulator.terminal.onData(answer);
    emulator.terminal.onTitleChange((title) => {
      this.title = title;
      changed();
    });
    emulator.terminal.onBell(() => this.#forward('\x07'));
    this.#registerOsc();
    this.#registerKeyboard();
    this.#registerModes();
  }

  get kittyFlags(): number {
    return this.#kitty.at(-1) ?? 0;
  }

  /** Bytes for the outer terminal, with the next frame. */
  takePassThrough(): string {
    const text = this.#passThrough;
    this.#passThrough = '';
    return text;
  }

  #forward(text: string): void {
    this.#passThrough += text;
    this.#changed();
  }

  #registerOsc(): void {
    const { parser } = this.#emulator;
    for (const code of forwardedOsc)
      parser.registerOscHandler(code, (data) => {
        this.#forward(`\x1b]${code};${data}\x07`);
        return true;
      });
    for (const code of [10, 11])
      parser.registerOscHandler(code, (data) => {
        if (data !== '?') return false;
        const color = this.#facts.colors[code];
        // What the terminal does not tell is not made up: programs have their own idea of an unknown colour.
        if (color !== undefined) this.#answer(`\x1b]${code};${color}\x1b\\`);
        return true;
      });
  }

  /** The emulator knows neither kitty's keyboard protocol nor modifyOtherKeys; the outer terminal may. */
  #registerKeyboard(): void {
    const { parser } = this.#emulator;
    const handle = (prefix: string, final: string, act: (params: readonly number[]) => boolean) =>
      parser.registerCsiHandler({ prefix, final }, (params) =>
        act(params.map((param) => (typeof param === 'number' ? param : 0))),
      );
    handle('>', 'u', ([flags = 0]) => {
      this.#kitty.push(flags);
      if (this.#kitty.length > kittyStackLimit) this.#kitty.shift();
      return this.#done();
    });
    handle('<', 'u', ([count = 1]) => {
      for (let left = count || 1; left > 0 && this.#kitty.length > 1; left--) this.#kitty.pop();
      return this.#done();
    });
    handle('=', 'u', ([flags = 0, mode = 1]) => {
      const current = this.kittyFlags;
      this.#kitty[this.#kitty.length - 1] = mode === 2 ? current | flags : mode === 3 ? current & ~flags : flags;
      return this.#done();
    });
    handle('?', 'u', () => {
      if (this.#facts.kittyKeyboard) this.#answer(`\x1b[?${this.kittyFlags}u`);
      return true;
    });
    handle('>', 'm', ([resource, value = 0]) => {
      if (resource !== 4) return false;
      this.modifyOtherKeys = value;
      return this.#done();
    });
    handle('>', 'q', () => {
      this.#answer(`\x1bP>|${this.#facts.version ?? 'ccp'}\x1b\\`);
      return true;
    });
  }

  #registerModes(): void {
    const { parser } = this.#emulator;
    parser.registerCsiHandler({ intermediates: ' ', final: 'q' }, (params) => {
      this.cursorStyle = typeof params[0] === 'number' ? params[0] : 0;
      this.#changed();
      return false;
    });
    for (const [final, on] of [
      ['h', true],
      ['l', false],
    ] as const)
      parser.registerCsiHandler({ prefix: '?', final }, (params) => {
        if (params.includes(2031)) {
          this.themeReports = on;
          this.#changed();
        }
        return false;
      });
  }

  #done(): true {
    this.#changed();
    return true;
  }
}
