import { type Instance, render } from 'ink';
import type { ReactElement } from 'react';
import { type Click, Pointer, PointerContext } from './pointer.ts';
import { VirtualInput, VirtualOutput } from './virtual-terminal.ts';

/** A part of the screen that Ink draws into a virtual terminal. */
export class Surface {
  readonly output: VirtualOutput;
  readonly #input = new VirtualInput();
  readonly #pointer = new Pointer();
  readonly #app: Instance;

  constructor(cols: number, rows: number, post: (data: string) => void, element: ReactElement) {
    this.output = new VirtualOutput(cols, rows, post);
    const streams = { stdout: this.output, stdin: this.#input, stderr: this.output };
    this.#app = render(this.#withPointer(element), {
      // Ink's types require tty streams; it uses only the members these have.
      ...(streams as unknown as { stdout: NodeJS.WriteStream; stdin: NodeJS.ReadStream; stderr: NodeJS.WriteStream }),
      patchConsole: false,
      exitOnCtrlC: false,
      maxFps: 30,
    });
  }

  draw(element: ReactElement): void {
    this.#app.rerender(this.#withPointer(element));
  }

  type(keys: string): void {
    this.#input.type(keys);
  }

  click(click: Click): void {
    this.#pointer.click(click);
  }

  close(): void {
    this.output.mute();
    this.#app.unmount();
  }

  #withPointer(element: ReactElement): ReactElement {
    return <PointerContext value={this.#pointer}>{element}</PointerContext>;
  }
}
