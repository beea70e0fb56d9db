/** Keys whose bytes arrive in two reads, as they do over slow connections. */

/** The rest of a key arrives within this time; what has arrived until then is a key of its own. */
export const restOfKeyMs = 50;
const maxKeyLength = 32;

/** ESC alone is a key too, and `ESC O` is Alt+O: only where a command is expected may they be a beginning. */
const incompleteSequence = /^\x1b(?:O|\[[\d:;?<>]{0,30})?$/;
/** Keys of the kitty keyboard protocol and the marks of a paste begin so. */
const incompleteTail = /\x1b\[[\d:;]{0,30}$/;

/** Bytes of a UTF-8 character, by its first byte. */
export const characterLength = (first: number): number => (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);

/** Whether the data is the beginning of a key, where a command is expected. */
export const isIncompleteKey = (data: Buffer): boolean =>
  data[0] === 0x1b
    ? data.length <= maxKeyLength && incompleteSequence.test(data.toString('latin1'))
    : data.length < characterLength(data[0] ?? 0);

/** Length of the beginning of a key at the end of other input, in bytes; 0 for none. */
export const incompleteTailLength = (data: Buffer): number =>
  incompleteTail.exec(data.subarray(-maxKeyLength).toString('latin1'))?.[0].length ?? 0;
