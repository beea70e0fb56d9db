/** Damages the stream of an answer, and says what must still hold. */
import type { SentEvent } from './hosts.ts';
import { withChangedMember } from './odd-values.ts';
import type { Random } from './random.ts';

export type Category = 'valid' | 'cut' | 'framing' | 'events' | 'bytes';

export const categories: readonly Category[] = ['valid', 'cut', 'framing', 'events', 'bytes'];

export interface Mutated {
  readonly chunks: readonly Uint8Array[];
  /** What was done, for reports. */
  readonly change: string;
  /**
   * `same`: the result is that of the valid stream. `prefix`: it is a part of it, and an error.
   * `hidden cut`: a part of it, and maybe no error. `safe`: see the judge.
   */
  readonly expected: 'same' | 'prefix' | 'prefix or same' | 'hidden cut' | 'safe';
  /** Arguments that the host says nowhere else were changed, so they cannot be verified. */
  readonly changesArguments: boolean;
}

interface Framing {
  readonly newline: string;
  readonly hasNames: boolean;
  readonly space: string;
}

const plain: Framing = { newline: '\n', hasNames: true, space: ' ' };

const frameOf = ({ name, data }: SentEvent, { newline, hasNames, space }: Framing): string => {
  const text = data === '[DONE]' ? data : JSON.stringify(data);
  const head = name !== undefined && hasNames ? `event:${space}${name}${newline}` : '';
  return `${head}data:${space}${text}${newline}${newline}`;
};

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Cuts bytes into chunks at random places, also inside characters. */
function chunked(bytes: Uint8Array, random: Random): Uint8Array[] {
  const size = random.pick([1, 3, 17, 200, 5_000]);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + random.below(size);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

const framesOf = (events: readonly SentEvent[], framing = plain): string[] =>
  events.map((event) => frameOf(event, framing));

type Mutate = (events: readonly SentEvent[], random: Random) => Mutated;

const valid: Mutate = (events, random) => ({
  chunks: chunked(encode(framesOf(events).join('')), random),
  change: 'none',
  expected: 'same',
  changesArguments: false,
});

const cut: Mutate = (events, random) => {
  const frames = framesOf(events).map(encode);
  const bytes = encode(framesOf(events).join(''));
  const terminal = events.findIndex(({ isTerminal }) => isTerminal);
  const sizes = frames.slice(0, terminal + 1).map(({ length }) => length);
  const end = sizes.reduce((sum, size) => sum + size, 0);
  const at = random.below(bytes.length);
  // The line of the terminal event can be whole without the blank line after it.
  const expected = at < end - 2 ? 'prefix' : 'prefix or same';
  return {
    chunks: chunked(bytes.subarray(0, at), random),
    change: `cut at byte ${at} of ${bytes.length}`,
    expected,
    changesArguments: false,
  };
};

const framing: Mutate = (events, random) => {
  const style: Framing = {
    newline: random.pick(['\n', '\r\n', '\r']),
    hasNames: random.chance(0.7),
    space: random.pick([' ', '']),
  };
  const noise = [
    `: keep-alive${style.newline}${style.newline}`,
    `: ${style.newline}`,
    `${style.newline}${style.newline}`,
    `id: 7${style.newline}`,
    `retry: 100${style.newline}`,
    `event: ping${style.newline}data: {"type":"ping"}${style.newline}${style.newline}`,
  ];
  let text = random.chance(0.2) ? '\ufeff' : '';
  for (const frame of framesOf(events, style)) {
    if (random.chance(0.1)) text += random.pick(noise);
    text += frame;
  }
  if (random.chance(0.2)) text = text.slice(0, text.length - style.newline.length);
  return {
    chunks: chunked(encode(text), random),
    change: `newline ${JSON.stringify(style.newline)}, names ${style.hasNames}, noise`,
    expected: 'same',
    changesArguments: false,
  };
};

const events: Mutate = (sent, random) => {
  const list = [...sent];
  const changes: string[] = [];
  let changesArguments = false;
  for (const _ of random.many(1, 3, () => 0)) {
    const at = random.below(list.length);
    const event = list[at];
    if (event === undefined) continue;
    const kind = random.pick(['drop', 'double', 'move', 'swap', 'change member', 'repeat stream'] as const);
    changes.push(`${kind} ${at}`);
    // Without their end, or with an earlier one, arguments are complete before they are.
    changesArguments ||= event.onlyArguments === true || event.isTerminal === true || kind === 'change member';
    if (kind === 'drop') list.splice(at, 1);
    else if (kind === 'double') list.splice(at, 0, event);
    else if (kind === 'move') list.splice(random.below(list.length), 0, ...list.splice(at, 1));
    else if (kind === 'swap') {
      const other = random.below(list.length);
      changesArguments ||= list[other]?.onlyArguments === true || list[other]?.isTerminal === true;
      const [a, b] = [list[at], list[other]];
      if (a && b) [list[at], list[other]] = [b, a];
    } else if (kind === 'repeat stream') list.splice(at, 0, ...sent.slice(0, 1 + random.below(sent.length)));
    else if (event.data !== '[DONE]') list[at] = { ...event, data: withChangedMember(event.data, random) };
    // A move changes the order of arguments that stand between.
    if (kind === 'move' || kind === 'repeat stream') changesArguments = true;
  }
  return {
    chunks: chunked(encode(framesOf(list).join('')), random),
    change: changes.join(', '),
    expected: 'safe',
    changesArguments,
  };
};

const bytes: Mutate = (sent, random) => {
  const data = [...encode(framesOf(sent).join(''))];
  const changes: string[] = [];
  for (const _ of random.many(1, 4, () => 0)) {
    const at = random.below(data.length);
    const kind = random.pick(['flip', 'insert', 'remove', 'remove many'] as const);
    changes.push(`${kind} ${at}`);
    if (kind === 'flip') data[at] = (data[at] ?? 0) ^ (1 << random.below(8));
    else if (kind === 'insert') data.splice(at, 0, random.below(256));
    else data.splice(at, kind === 'remove' ? 1 : 1 + random.below(60));
  }
  return {
    chunks: chunked(Uint8Array.from(data), random),
    change: changes.join(', '),
    expected: 'safe',
    changesArguments: true,
  };
};

export const mutations: Readonly<Record<Category, Mutate>> = { valid, cut, framing, events, bytes };
