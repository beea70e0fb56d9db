/** The input of the outer terminal: its reports are removed, its focus is followed, keys and the mouse are routed. */
import type { ReportFilter } from './host-capabilities.ts';
import { InputRouter, type InputTarget, type PrefixKey } from './input.ts';
import type { OuterTerminal } from './outer-terminal.ts';

/** An incomplete report is passed on as keys after this time. */
const reportEndMs = 50;

const focusIn = '\x1b[I';
const focusOut = '\x1b[O';

export class ScreenInput {
  readonly #outer: OuterTerminal;
  readonly #reports: ReportFilter;
  readonly #router: InputRouter;
  readonly #keyPressed: () => void;
  #isFocused: boolean | undefined;

  constructor(
    outer: OuterTerminal,
    reports: ReportFilter,
    prefix: PrefixKey,
    target: InputTarget,
    keyPressed: () => void,
  ) {
    this.#outer = outer;
    this.#reports = reports;
    this.#router = new InputRouter(prefix, target);
    this.#keyPressed = keyPressed;
  }

  /**
   * Begins to read, when the terminal is in raw mode and the child runs. Before, lines and the end of input belong to
   * the kernel, which keeps them.
   */
  begin(): void {
    this.#outer.onData((data) => {
      this.#handle(this.#reports.filter(data));
      if (this.#reports.isHolding) setTimeout(() => this.#handle(this.#reports.release()), reportEndMs);
    });
  }

  /**
   * Whether the terminal has the focus; `undefined` until it reported it.
   * @param isReported the child requests reports. Without them, an earlier one says nothing.
   */
  focus(isReported: boolean): boolean | undefined {
    if (!isReported) this.#isFocused = undefined;
    return this.#isFocused;
  }

  #handle(data: Buffer): void {
    if (data.length === 0) return;
    this.#keyPressed();
    const [focused, unfocused] = [data.lastIndexOf(focusIn), data.lastIndexOf(focusOut)];
    if (focused !== unfocused) this.#isFocused = focused > unfocused;
    this.#router.push(data);
  }
}
