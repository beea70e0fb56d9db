/** The steps to run in each program. */
export interface Step {
  readonly name: string;
  readonly keys?: readonly string[];
  readonly until?: RegExp;
  /** Columns and rows of the pane. */
  readonly size?: readonly [number, number];
}

export interface Script {
  readonly name: string;
  /** `claude` and `newest` are placeholders for the two versions of Claude Code. */
  readonly program: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Claude Code starts with its onboarding. */
  readonly fresh?: boolean;
  readonly steps: readonly Step[];
}

const [up, down, left, esc, enter] = ['\x1b[A', '\x1b[B', '\x1b[D', '\x1b', '\r'];
const clear = '\x15';
const paste = (text: string) => `\x1b[200~${text}\x1b[201~`;

const claude: readonly Step[] = [
  { name: 'the first screen', until: /❯/ },
  { name: 'a letter', keys: ['a'] },
  { name: 'erased again', keys: ['\x7f'] },
  { name: 'words', keys: ['heron ', 'in the ', 'water'] },
  { name: 'the cursor inside', keys: [left, left, left, 'X'] },
  { name: 'to the beginning', keys: ['\x01', 'Y'] },
  { name: 'to the end', keys: ['\x05', 'Z'] },
  { name: 'line cleared', keys: [clear, clear] },
  { name: 'wide letters', keys: ['漢字 ', '한글 ', 'ｆｕｌｌ'] },
  { name: 'emoji', keys: [' 😀', ' 🇩🇪', ' ⚠️'] },
  { name: 'joined emoji', keys: [' 👩‍💻', ' 👨‍👩‍👧'] },
  { name: 'combining marks', keys: [' é', ' ñ', ' क्षि'] },
  { name: 'wrapped input', keys: [clear, 'wrap '.repeat(40)] },
  { name: 'cleared', keys: [clear, clear, clear] },
  { name: 'a paste of three lines', keys: [paste('one\ntwo 二\nthree')] },
  { name: 'the paste cleared', keys: [clear, clear, clear, clear] },
  { name: 'a long paste', keys: [paste(Array.from({ length: 60 }, (_, n) => `pasted line ${n}`).join('\n'))] },
  { name: 'the long paste cleared', keys: [clear, clear, '\x03'] },
  { name: 'a paste of 512 KiB', keys: [paste('0123456789abcdef'.repeat(32_768))] },
  { name: 'that cleared', keys: [clear, clear, '\x03'] },
  { name: 'the slash menu', keys: ['/'], until: /\/\w+/ },
  { name: 'down the menu', keys: [down, down, down] },
  { name: 'up the menu', keys: [up] },
  { name: 'the menu filtered', keys: ['mod'] },
  { name: 'the menu closed', keys: [esc, clear] },
  { name: 'a question', keys: ['hello there', enter], until: /demo model/ },
  { name: 'a diff on request', keys: ['write a note', enter], until: /1\. Yes|Wrote|Created/ },
  { name: 'the dialog moved', keys: [down] },
  { name: 'the dialog answered', keys: [up, enter], until: /demo model|note/ },
  { name: 'a command with a question', keys: ['run a command', enter] },
  { name: 'allowed', keys: [enter] },
  { name: 'bash mode', keys: ['!'] },
  { name: 'colours in bash mode', keys: ['printf "\\033[31mred\\033[0m \\033[7minv\\033[0m 漢\\n"', enter] },
  { name: 'the transcript', keys: ['\x0f'] },
  { name: 'the transcript left', keys: ['\x0f'] },
  { name: 'a long answer', keys: ['a long answer please', enter], until: /6\d\. Line/ },
  { name: 'narrower', size: [84, 36] },
  { name: 'narrow and low', size: [72, 24] },
  { name: 'wide and high', size: [130, 50] },
  { name: 'as before', size: [100, 40] },
  { name: 'help', keys: ['?'] },
  { name: 'help left', keys: ['\x7f'] },
  { name: 'another mode', keys: ['\x1b[Z'] },
  { name: 'and back', keys: ['\x1b[Z', '\x1b[Z', '\x1b[Z'] },
  { name: 'the model picker', keys: ['/model', enter] },
  { name: 'down the picker', keys: [down, down] },
  { name: 'the picker left', keys: [esc] },
  { name: 'history, one back', keys: [up] },
  { name: 'history left', keys: [clear, clear] },
];

const onboarding: readonly Step[] = [
  { name: 'the first question', until: /theme|style/i },
  { name: 'down the themes', keys: [down, down] },
  { name: 'a theme chosen', keys: [up, up, enter] },
  { name: 'the next question', keys: [enter] },
  { name: 'narrower', size: [84, 36] },
];

/** Steps for the full-screen mode of Claude Code. */
const fullScreen: readonly Step[] = [
  { name: 'the first screen', until: /❯/ },
  { name: 'words', keys: ['heron ', '漢字 ', '😀'] },
  { name: 'cleared', keys: [clear] },
  { name: 'a question', keys: ['hello there', enter], until: /demo model/ },
  { name: 'a diff on request', keys: ['write a note', enter], until: /1\. Yes|Wrote|Created/ },
  { name: 'the dialog answered', keys: [enter], until: /demo model|note/ },
  { name: 'a long answer', keys: ['a long answer please', enter], until: /6\d\. Line/ },
  { name: 'a page up', keys: ['\x1b[5~'] },
  { name: 'the wheel', keys: ['\x1b[<64;10;10M', '\x1b[<64;10;10M'] },
  { name: 'the wheel back', keys: ['\x1b[<65;10;10M', '\x1b[<65;10;10M'] },
  { name: 'to the end', keys: ['\x1b[6~', '\x1b[6~'] },
  { name: 'the slash menu', keys: ['/'], until: /\/\w+/ },
  { name: 'the menu closed', keys: [esc, clear] },
  { name: 'narrower', size: [84, 36] },
  { name: 'as before', size: [100, 40] },
  { name: 'the transcript', keys: ['\x0f'] },
  { name: 'the transcript left', keys: ['\x0f'] },
  { name: 'the model picker', keys: ['/model', enter] },
  { name: 'the picker left', keys: [esc] },
];

const vim: readonly Step[] = [
  { name: 'open', until: /line 1/ },
  { name: 'scrolled', keys: ['\x06', '\x06', '20j'] },
  { name: 'inserted', keys: ['oHello 漢字 😀', esc] },
  { name: 'selected', keys: ['V5j'] },
  { name: 'searched', keys: [esc, '/line', enter, 'n', 'n'] },
  { name: 'split', keys: [':vsplit', enter] },
  { name: 'narrower', size: [84, 30] },
  { name: 'as before', size: [100, 40] },
  { name: 'left', keys: [':qa!', enter] },
];

const less: readonly Step[] = [
  { name: 'open', until: /line 1/ },
  { name: 'a page down', keys: [' ', ' '] },
  { name: 'searched', keys: ['/39', enter] },
  { name: 'the end', keys: ['G'] },
  { name: 'higher', size: [90, 45] },
  { name: 'left', keys: ['q'] },
];

const numbered = 'for i in $(seq 1 400); do printf "line %s \\033[3%sm漢 heron\\033[0m\\n" $i $((i % 8)); done';
const withNumberedLines = (command: string): readonly [string, ...string[]] => [
  '/bin/sh',
  '-c',
  `${numbered} > lines.txt; ${command}; printf back; sleep 60`,
];

export const scripts: readonly Script[] = [
  { name: 'Claude Code', program: ['claude'], steps: claude },
  { name: 'Claude Code, first start', program: ['claude'], fresh: true, steps: onboarding },
  { name: 'Claude Code, full screen', program: ['claude'], env: { CLAUDE_CODE_NO_FLICKER: '1' }, steps: fullScreen },
  { name: 'the newest Claude Code', program: ['newest'], steps: fullScreen },
  { name: 'vim', program: withNumberedLines('vim -u NONE -N lines.txt'), steps: vim },
  { name: 'less', program: withNumberedLines('less -R lines.txt'), env: { LESSHISTFILE: '-' }, steps: less },
];
