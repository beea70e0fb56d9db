/** Reads single keys and hidden lines from a terminal. */
import { UserError } from '../../errors/user-error.ts';

export const cancelledError = (): UserError => new UserError('Cancelled; nothing was changed.', 1);

const [ctrlC, ctrlD, backspace, deleteKey, ctrlU] = ['\x03', '\x04', '\b', '\x7f', '\x15'];

/** Reads raw input until `read` returns a value. @throws UserError on Ctrl+C and at the end of input. */
function readRaw<T>(read: (text: string) => T | undefined): Promise<T> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    const cleanUp = () => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      stdin.setRawMode(false);
      stdin.pause();
    };
    const onEnd = () => {
      cleanUp();
      reject(cancelledError());
    };
    const onData = (data: Buffer | string) => {
      const text = data.toString();
      if (text.includes(ctrlC)) return onEnd();
      const value = read(text);
      if (value === undefined) return;
      cleanUp();
      resolve(value);
    };
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', onData);
    stdin.once('end', onEnd);
  });
}

/** Waits for one of the keys and ignores all others. Enter is `\r`. */
export const readKey = (keys: readonly string[]): Promise<string> =>
  readRaw((text) => keys.find((key) => text.toLowerCase().startsWith(key)));

/** Reads a line without echo. @throws UserError on Ctrl+C. */
export async function readHiddenLine(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  let line = '';
  try {
    return await readRaw((text) => {
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
