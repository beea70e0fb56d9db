import { describe, expect, it } from 'vitest';
import { newHostCapabilities, ReportFilter } from '../../src/terminal/host-capabilities.ts';
import { InputRouter, prefixKey } from '../../src/terminal/input.ts';
import { until } from '../support/until.ts';

function router(setting = 'ctrl+\\') {
  const seen = {
    child: '',
    commands: [] as string[],
    suspends: 0,
    overlay: '',
    mouse: [] as string[],
    meter: [] as string[],
  };
  let wantsMouse = true;
  let overlay = false;
  const input = new InputRouter(prefixKey(setting), {
    toChild: (data) => {
      seen.child += data.toString('latin1');
    },
    command: (key) => {
      seen.commands.push(key);
      return key === '\x1b[C';
    },
    mouse: ({ button, x, y }) => {
      if (x < 100) return false;
      seen.meter.push(`${button} ${x},${y}`);
      return true;
    },
    suspend: () => {
      seen.suspends += 1;
    },
    get overlay() {
      return overlay
        ? (data: Buffer) => {
            seen.overlay += data.toString('latin1');
          }
        : undefined;
    },
    pane: { x: 10, y: 2, cols: 80, rows: 20 },
    awaiting: () => {},
    get childWantsMouse() {
      return wantsMouse;
    },
    paneMouse: (report) => seen.mouse.push(report),
  });
  return {
    seen,
    push: (text: string) => input.push(Buffer.from(text, 'latin1')),
    openOverlay: () => (overlay = true),
    noMouse: () => (wantsMouse = false),
  };
}

describe('the input router', () => {
  it('withholds mouse reports from a child that has not enabled mouse tracking', () => {
    const { seen, push, noMouse } = router();
    noMouse();
    push('\x1b[<64;20;5Ma\x1b[<0;5;5M');
    expect([seen.child, seen.mouse]).toEqual(['a', ['\x1b[<64;20;5M']]);
  });

  it('passes every byte to the child unchanged', () => {
    const { seen, push } = router();
    const keys = 'az\t\r\x7f\x1b[A\x1bOP\x1b[15~\x1b[1;5C\x1bb\x01\x03\x04\x1b[Z\x1b[13;2u\x1b';
    for (const key of keys) push(key);
    expect(seen.child).toBe(keys);
  });

  it.each(['\x1c', '\x1b[92;5u', '\x1b[92;133u', '\x1b[92:124;5:1u', '\x1b[27;5;92~'])(
    'recognises the prefix as %j and the next key as a command',
    (prefix) => {
      const { seen, push } = router();
      push(`ab${prefix}scd`);
      expect(seen.commands).toEqual(['s']);
      expect(seen.child).toBe('abcd');
    },
  );

  it('sends the prefix key to the child when it is pressed twice', () => {
    const { seen, push } = router();
    push('\x1c');
    push('\x1c');
    expect([seen.child, seen.commands]).toEqual(['\x1c', []]);
  });

  it('uses the configured prefix key', () => {
    const { seen, push } = router('ctrl+g');
    push('\x07?\x1c');
    expect([seen.commands, seen.child]).toEqual([['?'], '\x1c']);
  });

  it('recognises no command inside a paste split across reads', () => {
    const { seen, push } = router();
    const paste = '\x1b[200~a\x1cs\x1a\x1b[<0;1;1Mb\x1b[201~';
    push(paste.slice(0, 9));
    push(paste.slice(9));
    expect([seen.child, seen.commands, seen.suspends]).toEqual([paste, [], 0]);
    push('\x1cq');
    expect(seen.commands).toEqual(['q']);
  });

  it('recognises the end of a paste split across two reads', () => {
    for (let cut = 1; cut < 6; cut++) {
      const { seen, push } = router();
      push(`\x1b[200~x${'\x1b[201~'.slice(0, cut)}`);
      push(`${'\x1b[201~'.slice(cut)}\x1cq`);
      expect([seen.child, seen.commands]).toEqual(['\x1b[200~x\x1b[201~', ['q']]);
    }
  });

  it('keeps waiting for the command key after mouse, focus and key-release reports', () => {
    const { seen, push } = router();
    push('\x1c\x1b[<35;15;8M\x1b[I\x1b[92;5:3us');
    expect(seen.commands).toEqual(['s']);
    expect(seen.child).toBe('\x1b[<35;5;6M\x1b[I\x1b[92;5:3u');
  });

  it('passes a paste of 512 KiB through unchanged', () => {
    const { seen, push } = router();
    const paste = `\x1b[200~${'0123456789abcde\n'.repeat(32_768)}\x1b[201~`;
    for (let at = 0; at < paste.length; at += 65_536) push(paste.slice(at, at + 65_536));
    expect(seen.child).toBe(paste);
  });

  it('translates mouse reports to pane coordinates and drops those outside the pane', () => {
    const { seen, push } = router();
    push('\x1b[<0;15;8M\x1b[<64;5;5M\x1b[<0;95;5M');
    expect(seen.child).toBe('\x1b[<0;5;6M');
  });

  it.each(['\x1a', '\x1b[122;5u'])('suspends on Ctrl+Z as %j', (key) => {
    const { seen, push } = router();
    push(`a${key}b`);
    expect([seen.suspends, seen.child]).toEqual([1, 'ab']);
  });

  it('repeats an arrow without the prefix right after one that moved the border', () => {
    const { seen, push } = router();
    push('\x1c\x1b[C\x1b[D\x1bOC');
    push('\x1b[C');
    expect(seen.commands).toEqual(['\x1b[C', '\x1b[D']);
    // An arrow that did not repeat, as ESC [ D did not, ends the repetition.
    expect(seen.child).toBe('\x1bOC\x1b[C');
  });

  it('joins a key after the prefix that is split between reads, and takes a lone ESC as a key', async () => {
    const { seen, push } = router();
    for (const part of ['\x1c', '\x1b', '[C', '\x1c\x1b[', 'D', '\x1c\x1b', '[', 'A', '\x1c', '\x1b[1;', '129C'])
      push(part);
    expect([seen.commands.splice(0), seen.child]).toEqual([['\x1b[C', '\x1b[D', '\x1b[A', '\x1b[C'], '']);
    // A repeated arrow, an arrow of the application mode, and a letter of two bytes.
    for (const part of ['\x1c\x1b[C', '\x1b', '[C', '\x1c\x1bO', 'D', '\x1c\xc3', '\xa9']) push(part);
    expect([seen.commands.splice(0), seen.child]).toEqual([['\x1b[C', '\x1b[C', '\x1b[D', 'é'], '']);
    // The prefix itself, and a paste.
    for (const part of ['a\x1b[92', ';5u', 's', '\x1c', '\x1b[20', '0~rm x\r\x1b[201~']) push(part);
    expect([seen.commands.splice(0), seen.child]).toEqual([['s'], 'a\x1b[200~rm x\r\x1b[201~']);
    seen.child = '';
    push('\x1c\x1b');
    expect(seen.commands).toEqual([]);
    await until(() => seen.commands.length === 1);
    push('x');
    expect([seen.commands, seen.child]).toEqual([['\x1b'], 'x']);
    // The beginning of a key that does not come is what it is.
    push('y\x1b[');
    expect(seen.child).toBe('xy');
    await until(() => seen.child === 'xy\x1b[');
  });

  it('takes Esc of the kitty keyboard protocol for Esc, and no report for a key', () => {
    const { seen, push } = router();
    push('\x1c\x1b[27u');
    push('\x1c\x1b[27;129:1u');
    push('\x1c\x1b[?997;1ns');
    expect([seen.commands, seen.child]).toEqual([['\x1b', '\x1b', 's'], '\x1b[?997;1n']);
  });

  it('repeats an arrow although the mouse moves', () => {
    const { seen, push } = router();
    push('\x1c\x1b[C\x1b[<35;20;5M\x1b[C');
    expect([seen.commands, seen.child]).toEqual([['\x1b[C', '\x1b[C'], '\x1b[<35;10;3M']);
  });

  it.each(['\x1bOC', '\x1b[1;129C', '\x1b[1;65:1C'])('takes the arrow %j as one without modifiers', (key) => {
    const { seen, push } = router();
    push(`\x1c${key}${key}`);
    expect([seen.commands, seen.child]).toEqual([['\x1b[C', '\x1b[C'], '']);
  });

  it('takes an arrow with a modifier for another key', () => {
    const { seen, push } = router();
    push('\x1c\x1b[1;5C');
    push('\x1c\x1b[C\x1b[1;133C');
    expect([seen.commands, seen.child]).toEqual([['\x1b[1;5C', '\x1b[C'], '\x1b[1;133C']);
  });

  it('ends the repetition with any other key, which goes to the child', () => {
    const { seen, push } = router();
    push('\x1c\x1b[Cx\x1b[C');
    expect([seen.commands, seen.child]).toEqual([['\x1b[C'], 'x\x1b[C']);
    push('\x1c\x1b[C');
    push('x');
    push('\x1b[C');
    expect([seen.commands.length, seen.child]).toEqual([2, 'x\x1b[Cx\x1b[C']);
  });

  it('offers every mouse report to the meter first', () => {
    const { seen, push } = router();
    push('\x1b[<0;105;8M\x1b[<0;15;8M');
    expect(seen.meter).toEqual(['0 104,7']);
    expect(seen.child).toBe('\x1b[<0;5;6M');
  });

  it('cancels the prefix for a paste, which stays whole', () => {
    const { seen, push } = router();
    push('\x1c\x1b[200~rm x\r\x1a\x1b[201~');
    expect(seen).toMatchObject({ commands: [], suspends: 0, child: '\x1b[200~rm x\r\x1a\x1b[201~' });
  });

  it('tells the child the end of a press that began in its pane', () => {
    const { seen, push } = router();
    push('\x1b[<0;15;8M\x1b[<32;97;30M\x1b[<0;97;30m\x1b[<35;97;30M');
    expect(seen.child).toBe('\x1b[<0;5;6M\x1b[<32;80;20M\x1b[<0;80;20m');
  });

  it('sends keys to an overlay that has the focus', () => {
    const { seen, push, openOverlay } = router();
    openOverlay();
    push('down\x1b[B');
    expect([seen.overlay, seen.child]).toEqual(['down\x1b[B', '']);
  });
});

describe('the report filter', () => {
  const make = () => {
    const facts = newHostCapabilities();
    const seen: string[] = [];
    const filter = new ReportFilter(facts, {
      onIdentified: () => seen.push('identified'),
      onEmojiWidth: (width) => seen.push(`emoji ${width}`),
      onJoining: () => seen.push('joins'),
      onSkinTones: () => seen.push('skin tones'),
    });
    return {
      facts,
      seen,
      push: (text: string) => filter.filter(Buffer.from(text, 'latin1')).toString('latin1'),
      filter,
    };
  };

  it('removes terminal reports from the input at any time and records their values', () => {
    const { facts, seen, push } = make();
    expect(
      push('a\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\b\x1bP>|tmux 3.3a\x1b\\c\x1b[?0u\x1b[1;3R\x1b[1;3R\x1b[1;3R\x1b[?62;22cd'),
    ).toBe('abcd');
    expect(facts).toEqual({ colors: { 11: 'rgb:1e1e/1e1e/1e1e' }, version: 'tmux 3.3a', kittyKeyboard: true });
    expect(seen).toEqual(['emoji 2', 'joins', 'skin tones', 'identified']);
    expect(push('\x1b[?2026;2$yx')).toBe('x');
  });

  it('joins a report split across two reads', () => {
    const { facts, push, filter } = make();
    expect(push('x\x1b]11;rgb:00')).toBe('x');
    expect(filter.isHolding).toBe(true);
    expect(push('00/0000/0000\x07y')).toBe('y');
    expect(facts.colors[11]).toBe('rgb:0000/0000/0000');
  });

  it('joins a mouse report split across two reads', () => {
    const { push } = make();
    expect(push('x\x1b[<64;1')).toBe('x');
    expect(push('2;5My')).toBe('\x1b[<64;12;5My');
    expect(push('\x1b[<0;1;1m')).toBe('\x1b[<0;1;1m');
  });

  it('passes keys through: a lone ESC, arrows, kitty keys, and Shift+F3 after the cursor report', () => {
    const { push } = make();
    push('\x1b[?62c');
    for (const key of ['\x1b', '\x1b[A', '\x1b[13;2u', '\x1b[1;2R', '\x1b]', '\x1b[1;5C']) expect(push(key)).toBe(key);
  });
});
