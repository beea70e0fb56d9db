import { expect, it } from 'vitest';
import { StreamMeter } from '../../src/proxy/stream-meter.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { FakeClock } from '../support/fake-clock.ts';

it('each attempt has its own times of the headers and of the first token', () => {
  const clock = new FakeClock();
  const events: SessionEvent[] = [];
  const meter = new StreamMeter('req_1', clock, (event) => events.push(event), {} as never);
  const pass = (ms: number) => clock.advance(ms);
  meter.started('turn', 'gpt-5.5');
  meter.sent();
  pass(100);
  meter.headers(200);
  pass(100);
  meter.output({ type: 'tool_start', id: 'call_1', name: 'Read' });
  meter.retry('it broke off', 0);
  pass(1_000);
  meter.sent();
  pass(40);
  meter.headers(200);
  pass(30);
  meter.output({ type: 'text', text: 'Fine.' });
  const end = { stopReason: 'end_turn', stopSequence: null, usage: { input_tokens: 1, output_tokens: 1 } } as never;
  meter.completed(end, true);
  expect(events.flatMap((event) => (event.type === 'first_token' ? [event.ms] : []))).toEqual([200, 70]);
  expect(events.at(-1)).toMatchObject({
    health: { sentMs: 1_200, headersMs: 40, firstTokenMs: 70, durationMs: 1_270 },
  });
});
