/** Upstreams repeat parts of a request in their error messages. Prompt text must not reach a log or a receipt that way. */

/** Shorter repetitions are names and numbers, which a message needs. */
const minEchoLength = 40;
const probeLength = minEchoLength / 2;

/** Replaces each part of the message that repeats at least 40 characters of the request body, which is JSON. */
export function withoutEcho(message: string, body: string): string {
  let result = '';
  let kept = 0;
  for (const { from, to } of echoesIn(message, body)) {
    result += `${message.slice(kept, from)}…`;
    kept = to;
  }
  return result + message.slice(kept);
}

interface Range {
  readonly from: number;
  to: number;
}

function echoesIn(message: string, body: string): Range[] {
  const isIn = (from: number, length: number) => body.includes(escaped(message.slice(from, from + length)));
  const ranges: Range[] = [];
  // Every repetition contains a probe at a multiple of the probe's length. Only around those the rest is compared.
  for (let probe = 0; probe + probeLength <= message.length; probe += probeLength) {
    if (!isIn(probe, probeLength)) continue;
    for (let from = Math.max(0, probe - probeLength + 1); from <= probe; from++) {
      if (from + minEchoLength > message.length || !isIn(from, minEchoLength)) continue;
      const last = ranges.at(-1);
      if (last && from <= last.to) last.to = Math.max(last.to, from + minEchoLength);
      else ranges.push({ from, to: from + minEchoLength });
    }
  }
  return ranges;
}

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);
