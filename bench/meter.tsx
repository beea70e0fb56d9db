// `npm run bench`: a session of 10,000 requests beside one of 100: the reducer, the meter's lines, the state's size.
import { performance } from 'node:perf_hooks';
import { sideLines } from '../components/meter/side-lines.ts';
import { themeFor } from '../components/theme.ts';
import type { SessionEvent } from '../src/session/events.ts';
import { reduce } from '../src/session/reduce.ts';
import { initialState, type SessionState } from '../src/session/state.ts';
import { sampleRoute as route } from '../test/support/samples.ts';

const limit = 1.5;
const rounds = 9;
const health = { headersMs: 5, firstTokenMs: 10, durationMs: 20, longestSilenceMs: 7, pings: 1, retries: 0, bytes: 9 };

function requestEvents(n: number): SessionEvent[] {
  const base = { at: n * 1000, id: `req_${n}` };
  const tokens = { inputTokens: n, cacheReadTokens: 9 * n, cacheWriteTokens: 0, outputTokens: 50, reasoningTokens: 5 };
  return [
    { ...base, type: 'request_started', requestClass: 'turn', requestedModel: 'gpt-5.5' },
    { ...base, type: 'routed', route, reason: 'gpt-5.5 is the main slot of this session' },
    { ...base, type: 'progress', phase: 'streaming', tool: undefined, chars: 100, silenceMs: 0 },
    { ...base, type: 'cache_missed', reason: 'system[2] changed: 42k tokens re-sent' },
    {
      ...base,
      type: 'completed',
      route,
      verdict: 'complete',
      stopReason: 'end_turn',
      tokens,
      measured: true,
      costMicroUsd: 100,
      costKind: 'plan',
      health,
    },
  ];
}

const after = (count: number): SessionState => {
  let state = initialState(0, [route]);
  for (let n = 0; n < count; n++) for (const event of requestEvents(n)) state = reduce(state, event);
  return state;
};

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Milliseconds of so many calls, the median of several rounds. */
function timed(calls: number, call: (n: number) => void): number {
  return median(
    Array.from({ length: rounds }, () => {
      const began = performance.now();
      for (let n = 0; n < calls; n++) call(n);
      return performance.now() - began;
    }),
  );
}

const [small, large] = [after(100), after(10_000)];
const lines = (state: SessionState) =>
  timed(200, () =>
    sideLines(
      {
        state,
        sessionName: 's-bench',
        choices: [],
        prefixLabel: 'Ctrl+\\',
        layout: 'side',
        cols: 40,
        rows: 50,
        now: 1,
        notice: undefined,
        awaiting: false,
        theme: themeFor(false),
      },
      37,
      49,
    ),
  );
const reducing = (start: SessionState) => {
  let state = start;
  return timed(200, (n) => {
    for (const event of requestEvents(n)) state = reduce(state, event);
  });
};
// Warm both before either is measured.
lines(small);
reducing(small);
const rows = [
  ['reducing 200 requests, ms', reducing(small), reducing(large)],
  ['200 frames as lines, ms', lines(small), lines(large)],
  ['the state as JSON, bytes', JSON.stringify(small).length, JSON.stringify(large).length],
] as const;
let worst = 0;
process.stdout.write('                              after 100   after 10,000   ratio\n');
for (const [name, one, other] of rows) {
  const ratio = other / one;
  worst = Math.max(worst, ratio);
  process.stdout.write(
    `${name.padEnd(29)}${one.toFixed(1).padStart(10)}${other.toFixed(1).padStart(15)}${ratio.toFixed(2).padStart(8)}×\n`,
  );
}
if (worst > limit) {
  process.stderr.write(`a long session costs ${worst.toFixed(2)}×, more than ${limit}×\n`);
  process.exitCode = 1;
}
