/** One line that says what is being started, until the screen opens. It is erased before anything else is printed. */
import { cleanText } from '../wire/clean-text.ts';

const erase = '\r\x1b[2K';
const maxLength = 200;

class StartLine {
  #isShown = false;
  /** What is started, for the first frame of the screen. */
  text = '';

  show(text: string): void {
    if (process.stdout.isTTY !== true) return;
    this.text = cleanText(text, maxLength);
    this.#isShown = true;
    process.stdout.write(erase + this.text.slice(0, Math.max(0, (process.stdout.columns || 80) - 1)));
  }

  clear(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    process.stdout.write(erase);
  }
}

export const startLine = new StartLine();
