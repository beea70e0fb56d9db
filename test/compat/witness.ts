/** An outer terminal that answers queries as modern terminals do and records the modes it receives. */
import type { TestTerminal } from '../support/terminal.ts';

export const outerInk = 'rgb:d0d0/d0d0/d0d0';
export const outerPaper = 'rgb:1e1e/1e1e/1e1e';
export const outerVersion = 'witness(1.0)';

export class Witness {
  readonly #kitty: number[] = [0];
  readonly osc: string[] = [];
  readonly resources = new Map<number, number>();
  bells = 0;
  title = '';
  cursorStyle = 0;
  themeReports = false;
  /** Number of synchronised updates started. */
  updates = 0;

  constructor(terminal: TestTerminal) {
    const { emulator } = terminal;
    const { parser } = emulator;
    emulator.terminal.onBell(() => {
      this.bells += 1;
    });
    emulator.terminal.onTitleChange((title) => {
      this.title = title;
    });
    for (const [code, color] of [
      [10, outerInk],
      [11, outerPaper],
    ] as const)
      parser.registerOscHandler(code, (data) => {
        if (data === '?') terminal.send(`\x1b]${code};${color}\x1b\\`);
        return true;
      });
    for (const code of [9, 52, 99, 777])
      parser.registerOscHandler(code, (data) => {
        this.osc.push(`${code};${data}`);
        return true;
      });
    const csi = (prefix: string, final: string, onParams: (params: readonly number[]) => void, isHandled = true) =>
      parser.registerCsiHandler({ prefix, final }, (params) => {
        onParams(params.map((param) => (typeof param === 'number' ? param : 0)));
        return isHandled;
      });
    csi('>', 'u', ([flags = 0]) => this.#kitty.push(flags));
    csi('<', 'u', ([count = 1]) => {
      for (let remaining = count || 1; remaining > 0 && this.#kitty.length > 1; remaining--) this.#kitty.pop();
    });
    csi('=', 'u', ([flags = 0]) => {
      this.#kitty[this.#kitty.length - 1] = flags;
    });
    csi('?', 'u', () => terminal.send(`\x1b[?${this.kittyFlags}u`));
    csi('>', 'q', () => terminal.send(`\x1bP>|${outerVersion}\x1b\\`));
    csi('>', 'm', ([resource = 0, value = 0]) => this.resources.set(resource, value));
    csi(
      '?',
      'h',
      (modes) => {
        if (modes.includes(2031)) this.themeReports = true;
        if (modes.includes(2026)) this.updates += 1;
      },
      false,
    );
    csi(
      '?',
      'l',
      (modes) => {
        if (modes.includes(2031)) this.themeReports = false;
      },
      false,
    );
    parser.registerCsiHandler({ intermediates: ' ', final: 'q' }, (params) => {
      this.cursorStyle = typeof params[0] === 'number' ? params[0] : 0;
      return false;
    });
  }

  get kittyFlags(): number {
    return this.#kitty.at(-1) ?? 0;
  }
}
