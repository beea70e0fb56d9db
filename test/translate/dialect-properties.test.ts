/** Properties that hold for an upstream of any dialect, verified by a checker that shares no code with ccp. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectNames } from '../../src/translate/dialects.ts';
import type { Step } from '../support/dialect-scripts.ts';
import { encoders, upstreamOfDialect } from '../support/dialects.ts';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { bytes, cutAt, replay, whole } from '../support/replay.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((value) => value.trim() !== '');
const args = fc.dictionary(
  fc.constantFrom('file_path', 'content', 'limit', 'pages', 'other'),
  fc.oneof(text, fc.constant(''), fc.constant(null), fc.integer()),
);
const call = fc.tuple(fc.constantFrom('Read', 'Write'), args);

/** A response: optional thinking first, then text and calls in any order. */
const answer = fc.record({
  thinking: fc.option(text, { nil: undefined }),
  parts: fc.array(fc.oneof(text, call), { minLength: 1, maxLength: 5 }),
});

function stepsOf({ thinking, parts }: { thinking: string | undefined; parts: (string | [string, object])[] }): Step[] {
  const steps: Step[] = thinking === undefined ? [] : [{ think: thinking, signature: 'sig' }];
  parts.forEach((part, index) => {
    if (typeof part === 'string') steps.push({ say: part });
    else steps.push({ call: part[0], args: part[1], id: `call_${index}` });
  });
  const calls = parts.some((part) => typeof part !== 'string');
  return [...steps, { finish: calls ? 'calls' : 'stop' }];
}

/** The SSE frames of the response. */
function framesOf(dialect: string, steps: readonly Step[]): string[] {
  const encode = encoders[dialect];
  const sse = encode ? encode(steps) : up.frames(responsesEvents(steps));
  return sse.split(/(?<=\r?\n\r?\n)/);
}

function responsesEvents(steps: readonly Step[]): up.UpstreamEvent[] {
  const events: up.UpstreamEvent[] = [up.created()];
  steps.forEach((step, index) => {
    if ('think' in step) events.push(...up.reasoningItem(index, step.think, 'enc', 5));
    else if ('say' in step) events.push(...up.textItem(index, step.say, 5));
    else if ('call' in step)
      events.push(...up.callItem(index, { name: step.call, args: step.args, callId: step.id ?? `call_${index}` }, 7));
  });
  return [...events, up.completed()];
}

const change = fc.tuple(fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'tear'));

/** Drops, duplicates, moves or truncates frames. */
function damageFrames(frames: readonly string[], changes: readonly [number, string][]): string {
  const list = [...frames];
  for (const [place, kind] of changes.slice(0, 6)) {
    const at = place % Math.max(1, list.length);
    const frame = list[at];
    if (frame === undefined) continue;
    if (kind === 'drop') list.splice(at, 1);
    else if (kind === 'double') list.splice(at, 0, frame);
    else if (kind === 'tear') list[at] = `${frame.slice(0, Math.floor(frame.length / 2))}\n\n`;
    else list.push(...list.splice(at, 1));
  }
  return list.join('');
}

describe.each(dialectNames)('any %s upstream', (dialect) => {
  const run = (chunks: Iterable<Uint8Array>) => replay(chunks, undefined, upstreamOfDialect[dialect]);

  it('with a valid response is translated completely and in order', () => {
    fc.assert(
      fc.property(answer, ({ thinking, parts }) => {
        const { text: out, error } = run(whole(bytes(framesOf(dialect, stepsOf({ thinking, parts })).join(''))));
        expect(error).toBeUndefined();
        const seen = judge(out);
        expect(seen.faults).toEqual([]);
        expect(seen.complete).toBe(true);
        const blocks = seen.blocks.filter(({ type, text: blockText }) => type !== 'thinking' || blockText !== '');
        if (thinking !== undefined) expect(blocks.shift()?.text).toBe(thinking);
        const joinTexts = (list: readonly unknown[]) => list.filter((one) => typeof one === 'string').join('');
        expect(blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')).toBe(joinTexts(parts));
        const calls = parts.filter((part) => typeof part !== 'string');
        const receivedCalls = blocks.filter(({ type }) => type === 'tool_use');
        expect(receivedCalls.map((block) => block.start.name)).toEqual(calls.map(([name]) => name));
        receivedCalls.forEach((block, index) => {
          const sentArguments: Record<string, unknown> = { ...calls[index]?.[1] };
          const receivedArguments: Record<string, unknown> = JSON.parse(block.text || '{}');
          for (const [key, value] of Object.entries(receivedArguments)) expect(value).toEqual(sentArguments[key]);
          for (const [key, value] of Object.entries(sentArguments))
            if (value !== null && value !== '') expect(receivedArguments[key]).toEqual(value);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('produces valid grammar and no unfinished call when its frames are damaged', () => {
    fc.assert(
      fc.property(answer, fc.array(change), (one, changes) => {
        const { text: out, error } = run(whole(bytes(damageFrames(framesOf(dialect, stepsOf(one)), changes))));
        const seen = judge(out);
        expect(seen.faults).toEqual([]);
        expect(seen.complete).toBe(error === undefined);
        for (const block of seen.blocks)
          if (block.type === 'tool_use' && block.closed) expect(JSON.parse(block.text || '{}')).toBeTypeOf('object');
      }),
      { numRuns: 150 },
    );
  });

  it('produces the same output for any chunking', () => {
    fc.assert(
      fc.property(answer, fc.array(change), fc.array(fc.nat(), { maxLength: 30 }), (one, changes, places) => {
        const data = bytes(damageFrames(framesOf(dialect, stepsOf(one)), changes));
        expect(run(cutAt(data, places)).text).toBe(run(whole(data)).text);
      }),
      { numRuns: 120 },
    );
  });

  it('is collected into the same message as the streamed one', () => {
    fc.assert(
      fc.property(answer, (one) => {
        const { text: out, message } = run(whole(bytes(framesOf(dialect, stepsOf(one)).join(''))));
        const seen = judge(out);
        expect(message?.stop_reason).toBe(seen.stopReason);
        expect(message?.usage).toEqual(seen.usage);
        const content = message?.content.map((block) =>
          block.type === 'text'
            ? block.text
            : block.type === 'thinking'
              ? block.thinking
              : 'input' in block && block.input,
        );
        expect(content).toEqual(
          seen.blocks.map((block) => (block.type === 'tool_use' ? JSON.parse(block.text || '{}') : block.text)),
        );
      }),
      { numRuns: 100 },
    );
  });
});
