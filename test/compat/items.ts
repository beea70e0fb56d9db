/** Terminal features that a program may rely on. Each item is tested bare and in the pane. */
import { outerInk, outerPaper } from './witness.ts';
import type { World } from './world.ts';

export interface Item {
  readonly name: string;
  /** Texts that the program prints, 60 ms apart. */
  readonly says?: readonly string[];
  readonly act?: (world: World) => Promise<void> | void;
  /** Condition that must become true. */
  readonly holds: (world: World) => boolean;
  /** The condition is checked once, after a delay. */
  readonly stays?: boolean;
  /** Runs only in the pane, not bare. */
  readonly wrappedOnly?: boolean;
}

const paste = (text: string): string => `\x1b[200~${text}\x1b[201~`;
const numbered = (kilobytes: number): string =>
  Array.from({ length: kilobytes * 64 }, (_, line) => `${String(line).padStart(15, '.')}\n`).join('');
const keys = [
  'a',
  'z',
  '\t',
  '\r',
  '\x7f',
  '\x1b[A',
  '\x1bOP',
  '\x1b[15~',
  '\x1b[1;5C',
  '\x1bb',
  '\x01',
  '\x03',
].concat(['\x04', '\x07', '\x0f', '\x12', '\x14', '\x18', '\x1d', '\x1f', '\x1b[Z', '\x1b[5~', '\x1b[H', '\x1b[3~']);

const pasteItem = (kilobytes: number): Item => {
  const text = paste(numbered(kilobytes));
  return {
    name: `a paste of ${kilobytes} KiB arrives complete`,
    says: ['\x1b[?2004h'],
    act: (world) => world.send(text),
    holds: (world) => world.received === text,
  };
};
/** The pane must show the same screen as an emulator of its size that receives the same text. */
const screenItem = (name: string, ...says: string[]): Item => ({ name, says, holds: (world) => world.looksLike(says) });
const queryItem = (name: string, question: string, answer: RegExp | string): Item => ({
  name,
  says: [question],
  holds: ({ received }) => (typeof answer === 'string' ? received === answer : answer.test(received)),
});
const mirrorItem = (name: string, says: string, holds: Item['holds']): Item => ({ name, says: [says], holds });

export const items: readonly Item[] = [
  // Keys
  {
    name: 'keys arrive byte for byte',
    act: async (world) => {
      for (const key of keys) await world.press(key);
    },
    holds: (world) => world.received === keys.join(''),
  },
  { name: 'a lone Escape arrives', act: (world) => world.send('\x1b'), holds: (world) => world.received === '\x1b' },
  {
    name: 'letters of every script arrive',
    act: (world) => world.send('héllo漢字😀'),
    holds: (world) => Buffer.from(world.received, 'latin1').toString() === 'héllo漢字😀',
  },
  ...[3, 64, 512].map(pasteItem),
  {
    name: 'the prefix key pressed twice reaches the program',
    wrappedOnly: true,
    act: async (world) => {
      await world.press('\x1c');
      await world.press('\x1c');
    },
    holds: (world) => world.received === '\x1c',
  },
  {
    name: 'keys inside a paste are not commands',
    says: ['\x1b[?2004h'],
    act: (world) => world.send(paste('a\x1cq\x1a')),
    holds: (world) => world.received === paste('a\x1cq\x1a'),
  },
  { name: 'no unsolicited input arrives', holds: (world) => world.received === '', stays: true },
  {
    name: 'late reports of the terminal do not reach the program',
    wrappedOnly: true,
    act: (world) => world.send('\x1b[?62;22c\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?1u'),
    holds: (world) => world.received === '',
    stays: true,
  },
  // Modes
  mirrorItem('bracketed paste is enabled on the terminal', '\x1b[?2004h', ({ modes }) => modes.bracketedPasteMode),
  mirrorItem('bracketed paste is disabled again', '\x1b[?2004h\x1b[?2004l', ({ modes }) => !modes.bracketedPasteMode),
  mirrorItem('application cursor keys', '\x1b[?1h', ({ modes }) => modes.applicationCursorKeysMode),
  mirrorItem('application keypad', '\x1b=', ({ modes }) => modes.applicationKeypadMode),
  mirrorItem('mouse clicks', '\x1b[?1000h\x1b[?1006h', ({ modes }) => modes.mouseTrackingMode === 'vt200'),
  mirrorItem('mouse drags', '\x1b[?1002h\x1b[?1006h', ({ modes }) => modes.mouseTrackingMode === 'drag'),
  mirrorItem('all mouse movement', '\x1b[?1003h\x1b[?1006h', ({ modes }) => modes.mouseTrackingMode === 'any'),
  {
    name: 'a click arrives in pane coordinates',
    says: ['\x1b[?1000h\x1b[?1006h'],
    act: (world) => world.send('\x1b[<0;5;6M\x1b[<0;5;6m'),
    holds: (world) => world.received === '\x1b[<0;5;6M\x1b[<0;5;6m',
  },
  {
    name: 'wheel events arrive',
    says: ['\x1b[?1000h\x1b[?1006h'],
    act: (world) => world.send('\x1b[<64;7;3M'),
    holds: (world) => world.received === '\x1b[<64;7;3M',
  },
  {
    name: 'a click outside the pane does not reach the program',
    wrappedOnly: true,
    says: ['\x1b[?1000h\x1b[?1006h'],
    act: (world) => world.send(`\x1b[<0;${world.cols + 3};3M`),
    holds: (world) => world.received === '',
    stays: true,
  },
  {
    name: 'focus reports arrive',
    says: ['\x1b[?1004h'],
    act: async (world) => {
      await world.press('\x1b[O');
      await world.press('\x1b[I');
    },
    holds: ({ modes, received }) => modes.sendFocusMode && received.endsWith('\x1b[O\x1b[I'),
  },
  mirrorItem('kitty keyboard flags', '\x1b[>1u', ({ witness }) => witness.kittyFlags === 1),
  mirrorItem('kitty keyboard flags restored', '\x1b[>1u\x1b[<u', ({ witness }) => witness.kittyFlags === 0),
  {
    name: 'a key in kitty encoding arrives',
    says: ['\x1b[>1u'],
    act: (world) => world.send('\x1b[13;2u'),
    holds: (world) => world.received === '\x1b[13;2u',
  },
  mirrorItem('modifyOtherKeys', '\x1b[>4;2m', ({ witness }) => witness.resources.get(4) === 2),
  mirrorItem('colour-scheme reports', '\x1b[?2031h', ({ witness }) => witness.themeReports),
  // Queries
  queryItem('device attributes, once', '\x1b[c', /^\x1b\[\?[\d;]+c$/),
  queryItem('secondary device attributes', '\x1b[>c', /^\x1b\[>[\d;]+c$/),
  queryItem('the device status', '\x1b[5n', '\x1b[0n'),
  queryItem('the cursor position, in pane coordinates', '\x1b[3;4H\x1b[6n', '\x1b[3;4R'),
  queryItem('the terminal’s name and version', '\x1b[>0q', /^\x1bP>\|.+\x1b\\$/),
  queryItem('the kitty keyboard flags query', '\x1b[?u', '\x1b[?0u'),
  queryItem('the foreground colour', '\x1b]10;?\x1b\\', `\x1b]10;${outerInk}\x1b\\`),
  queryItem('the background colour', '\x1b]11;?\x07', `\x1b]11;${outerPaper}\x1b\\`),
  queryItem('synchronised output is supported', '\x1b[?2026$p', /^\x1b\[\?2026;[12]\$y$/),
  queryItem('the bracketed paste mode query', '\x1b[?2004h\x1b[?2004$p', '\x1b[?2004;1$y'),
  queryItem('an unknown mode query', '\x1b[?9999$p', '\x1b[?9999;0$y'),
  {
    name: 'the reported size is the displayed size',
    holds: ({ sizes, cols, rows }) => String(sizes[0]) === String([cols, rows]),
  },
  {
    name: 'a new size is reported',
    act: (world) => world.resize(-9, -4),
    holds: ({ sizes, cols, rows }) => String(sizes.at(-1)) === String([cols, rows]) && sizes.length > 1,
  },
  // Passed through to the outer terminal
  mirrorItem('the title', '\x1b]0;heron 漢\x07', ({ witness }) => witness.title.includes('heron 漢')),
  mirrorItem('the bell', '\x07', ({ witness }) => witness.bells === 1),
  mirrorItem('the clipboard', '\x1b]52;c;aGVyb24=\x07', ({ witness }) => witness.osc.includes('52;c;aGVyb24=')),
  mirrorItem('a notification', '\x1b]9;note\x07', ({ witness }) => witness.osc.includes('9;note')),
  mirrorItem('progress', '\x1b]9;4;1;40\x07', ({ witness }) => witness.osc.includes('9;4;1;40')),
  mirrorItem('a notification with a title', '\x1b]777;notify;a;b\x07', ({ witness }) =>
    witness.osc.includes('777;notify;a;b'),
  ),
  mirrorItem('kitty notifications', '\x1b]99;i=1;note\x1b\\', ({ witness }) => witness.osc.includes('99;i=1;note')),
  mirrorItem('the cursor shape', '\x1b[5 q', ({ witness }) => witness.cursorStyle === 5),
  // Screen contents
  screenItem('the cursor position', '\x1b[7;9H'),
  screenItem('a hidden cursor', '\x1b[7;9H\x1b[?25l'),
  screenItem(
    'bold, dim, italic, inverse, struck',
    '\x1b[1mb\x1b[0;2md\x1b[0;3mi\x1b[0;7mr\x1b[0;9ms\x1b[0;8mh\x1b[0;53mo',
  ),
  screenItem(
    'underlines of every style and colour',
    ...['', ':1', ':2', ':3', ':4', ':5'].map((s) => `\x1b[4${s};58:5:9mu`),
  ),
  screenItem('sixteen and 256 colours', '\x1b[31;42ma\x1b[91;102mb\x1b[38;5;200;48;5;17mc'),
  screenItem('true colour', '\x1b[38;2;1;2;3;48;2;250;128;7mT'),
  screenItem('links', '\x1b]8;id=a;https://example.org/a\x1b\\link\x1b]8;;\x1b\\ and not'),
  screenItem('wide letters, also at the margin', '漢字\x1b[2;999H漢\x1b[3;1Hｆｕｌｌ 한글'),
  screenItem('emoji, flags, joined and variants', '😀 🇩🇪 👩‍💻 ⚠️ 👨‍👩‍👧'),
  screenItem('combining marks', 'e\u0301 n\u0303 क्षि'),
  screenItem('long lines, wrapped', 'wrap '.repeat(60)),
  screenItem('a scrolled region', '1\r\n2\r\n3\r\n4\x1b[2;3r\x1b[3;1H\n\nx\x1b[r'),
  screenItem(
    'inserted and deleted lines and letters',
    'abc\r\ndef\r\nghi\x1b[2;1H\x1b[L\x1b[3;2H\x1b[P\x1b[1;1H\x1b[2@',
  ),
  screenItem('erased parts', 'x'.repeat(300), '\x1b[2;5H\x1b[1K\x1b[1;9H\x1b[4X\x1b[3;1H\x1b[J'),
  screenItem('line drawing', '\x1b(0lqqk\x1b(B ok'),
  screenItem('tabs and backspaces', 'a\tb\bc\td'),
  screenItem('a saved cursor', '\x1b[4;4H\x1b7\x1b[1;1Hx\x1b8y'),
  screenItem('the alternate screen', 'main', '\x1b[?1049h\x1b[Halternate'),
  screenItem('the main screen again', 'main', '\x1b[?1049h\x1b[Halternate', '\x1b[?1049l'),
  screenItem('a thousand lines', ...Array.from({ length: 4 }, (_, part) => `line ${part}\r\n`.repeat(250))),
  {
    name: 'a synchronised update is shown completely or not at all',
    says: ['before\x1b[?2026h\x1b[2J\x1b[Hhalf', '\x1b[Hwhole\x1b[?2026l'],
    act: (world) => world.watchFor(/half/),
    holds: (world) => /whole/.test(world.text) && !world.seen,
  },
];
