/**
 * The terminal features the child requests: modes to mirror on the outer terminal, queries to answer, bytes to pass
 * through.
 */
import type { Emulator } from './emulator.ts';
import type { HostCapabilities } from './host-capabilities.ts';

const kittyStackLimit = 16;
/** OSC codes that are passed through unchanged: clipboard, progress and notifications. */
const forwardedOsc = [52, 9, 99, 777];

export class ChildTerminalModes {
  readonly #emulator: Emulator;
  readonly #capabilities: HostCapabilities;
  readonly #reply: (text: string) => void;
  readonly #onChange: () => void;
  readonly #kittyStack: number[] = [0];
  #passThrough = '';
  modifyOtherKeys = 0;
  cursorStyle = 0;
  themeReports = false;
  title: string | undefined;

  constructor(emulator: Emulator, capabilities: HostCapabilities, reply: (text: string) => void, onChange: () => void) {
    this.#emulator = emulator;
    this.#capabilities = capabilities;
    this.#reply = reply;
    this.#onChange = onChange;
    emulator.terminal.onData(reply);
    emulator.terminal.onTitleChange((title) => {
      this.title = title;
      onChange();
    });
    emulator.terminal.onBell(() => this.#forward('\x07'));
    this.#registerOsc();
    this.#registerKeyboard();
    this.#registerModes();
  }

  get kittyFlags(): number {
    return this.#kittyStack.at(-1) ?? 0;
  }

  /** Empties the buffer. @returns bytes to write to the outer terminal with the next frame. */
  takePassThrough(): string {
    const text = this.#passThrough;
    this.#passThrough = '';
    return text;
  }

  #forward(text: string): void {
    this.#passThrough += text;
    this.#onChange();
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
        const color = this.#capabilities.colors[code];
        // A colour the terminal did not report is not answered: programs have their own default for that case.
        if (color !== undefined) this.#reply(`\x1b]${code};${color}\x1b\\`);
        return true;
      });
  }

  /** The emulator supports neither the kitty keyboard protocol nor modifyOtherKeys; the outer terminal may. */
  #registerKeyboard(): void {
    const { parser } = this.#emulator;
    const register = (prefix: string, final: string, handler: (params: readonly number[]) => boolean) =>
      parser.registerCsiHandler({ prefix, final }, (params) =>
        handler(params.map((param) => (typeof param === 'number' ? param : 0))),
      );
    register('>', 'u', ([flags = 0]) => {
      this.#kittyStack.push(flags);
      if (this.#kittyStack.length > kittyStackLimit) this.#kittyStack.shift();
      return this.#markChanged();
    });
    register('<', 'u', ([count = 1]) => {
      for (let remaining = count || 1; remaining > 0 && this.#kittyStack.length > 1; remaining--)
        this.#kittyStack.pop();
      return this.#markChanged();
    });
    register('=', 'u', ([flags = 0, mode = 1]) => {
      const current = this.kittyFlags;
      this.#kittyStack[this.#kittyStack.length - 1] =
        mode === 2 ? current | flags : mode === 3 ? current & ~flags : flags;
      return this.#markChanged();
    });
    register('?', 'u', () => {
      if (this.#capabilities.kittyKeyboard) this.#reply(`\x1b[?${this.kittyFlags}u`);
      return true;
    });
    register('>', 'm', ([resource, value = 0]) => {
      if (resource !== 4) return false;
      this.modifyOtherKeys = value;
      return this.#markChanged();
    });
    register('>', 'q', () => {
      this.#reply(`\x1bP>|${this.#capabilities.version ?? 'ccp'}\x1b\\`);
      return true;
    });
  }

  #registerModes(): void {
    const { parser } = this.#emulator;
    parser.registerCsiHandler({ intermediates: ' ', final: 'q' }, (params) => {
      this.cursorStyle = typeof params[0] === 'number' ? params[0] : 0;
      this.#onChange();
      return false;
    });
    for (const [final, on] of [
      ['h', true],
      ['l', false],
    ] as const)
      parser.registerCsiHandler({ prefix: '?', final }, (params) => {
        if (params.includes(2031)) {
          this.themeReports = on;
          this.#onChange();
        }
        return false;
      });
  }

  #markChanged(): true {
    this.#onChange();
    return true;
  }
}
