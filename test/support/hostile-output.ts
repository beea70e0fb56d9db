/** Random escape sequences with absurd parameters, as a hostile program could print them. Deterministic by seed. */
const absurd = [0, 1, 7, 80, 999, 65_535, 999_999_999, 2_147_483_647, 4_294_967_296];
const finals = [...'@ABCDEFGHIJKLMPSTXZ`abcdefghilmnpqrstu^j'];
const prefixes = ['', '', '', '?', '>', '=', '<'];
const intermediates = ['', '', '', ' ', '!', '"', "'", '$'];
const others = ['\x1bc', '\x1b7', '\x1b8', '\x1bM', '\x1bD', '\x1bE', '\x1b#8', '\x1bP1$r', '\x1b\\', '\x18', '\u009b'];
const texts = ['x', '漢', '👩‍💻', 'e\u0301', '\r\n', '\t', '\b', '\x0e', '\x0f', 'word '.repeat(20)];

/** A linear congruential generator: a number from 0 to `below`, exclusive. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function* hostileOutput(count: number, seed = 1): Generator<string> {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[next(list.length)] as T;
  for (let n = 0; n < count; n++) {
    const kind = next(10);
    if (kind === 0) yield pick(others);
    else if (kind === 1) yield pick(texts);
    else if (kind === 2) yield `\x1b]${pick(absurd)};${pick(texts)}${pick(['\x07', '\x1b\\', ''])}`;
    else {
      const numbers = Array.from({ length: next(4) }, () => pick(absurd)).join(pick([';', ':']));
      yield `\x1b[${pick(prefixes)}${numbers}${pick(intermediates)}${pick(finals)}`;
    }
  }
}
