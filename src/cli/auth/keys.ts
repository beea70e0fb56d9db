/** Single keys and hidden lines from a terminal. */
import { UserError } from '../../errors/user-error.ts';

export const cancelled = (): UserError => new UserError('Cancelled; nothing was changed.', 1);

const [ctrlC, ctrlD, backspace, deleteKey, ctrlU] = ['\x03', '\x04', '\b', '\x7f', '\x15'];

/** Reads raw input until `read` has what it wants. @throws UserError on Ctrl+C. */
function raw<T>(read: (text: string) => T | undefined): Promise<T> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    const end = () => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      stdin.setRawMode(false);
      stdin.pause();
    };
    const onEnd = () => {
      end();
      reject(cancelled());
    };
    const onData = (data: Buffer | string) => {
      const text = data.toString();
      if (text.includes(ctrlC)) return onEnd();
      const value = read(text);
      if (value === undefined) return;
      end();
      resolve(value);
    };
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', onData);
    stdin.once('end', onEnd);
  });
}

/** One of the keys; others do nothing. Enter is `\r`. */
export const keyOf = (keys: readonly string[]): Promise<string> =>
  raw((text) => keys.find((key) => text.toLowerCase().startsWith(key)));

/** A line that is not shown while it is typed or pasted. */
export async function hiddenLine(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  let line = '';
  try {
    return await raw((text) => {
      for (const character of text.replace(/\x1b\[20[01]~/g, '')) {
        if (character === '\r' || character === '\n' || character === ctrlD) return line;
        if (character === backspace || character === deleteKey) line = line.slice(0, -1);
        else if (character === ctrlU) line = '';
        else line += character;
      }
      return undefined;
    });
  } finally {
    process.stderr.write('\n');
  }
}
