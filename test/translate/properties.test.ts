/** Properties that hold for any upstream stream, valid or not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEntry, readEntry } from '../../src/ledger/entry.ts';
import { UsageSum } from '../../src/ledger/sum.ts';
import { openReasoning, sealReasoning } from '../../src/translate/anthropic/envelope.ts';
import { repairArguments } from '../../src/translate/anthropic/repair.ts';
import { StopScanner } from '../../src/translate/anthropic/stop-scanner.ts';
import type { JsonObject } from '../../src/wire/json.ts';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { bytes, cutAt, replay, whole } from '../support/replay.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const toolName = fc.constantFrom('Read', 'Write');
const toolArgs = fc.dictionary(
  fc.constantFrom('file_path', 'content', 'limit', 'pages', 'other'),
  fc.oneof(text, fc.constant(''), fc.constant(null), fc.integer()),
);

/** A valid output item at its index. */
const item = fc.oneof(
  text.map((value) => (index: number) => up.textItem(index, value, 5)),
  text.map((value) => (index: number) => up.reasoningItem(index, value, 'enc', 5)),
  fc.tuple(toolName, toolArgs).map(
    ([name, args]) =>
      (index: number) =>
        up.callItem(index, { name, args, callId: `call_${index}` }, 7),
  ),
);

/** Items whose events interleave at random. The order within each item is kept. */
const interleaved = fc
  .tuple(fc.array(item, { minLength: 1, maxLength: 5 }), fc.infiniteStream(fc.nat()))
  .map(([makers, dice]) => {
    const queues = makers.map((make, index) => make(index));
    const events: up.UpstreamEvent[] = [];
    while (queues.some((queue) => queue.length > 0)) {
      const alive = queues.filter((queue) => queue.length > 0);
      const queue = alive[(dice.next().value ?? 0) % alive.length];
      const next = queue?.shift();
      if (next) events.push(next);
    }
    return events;
  });

/** Invalid streams: valid events dropped, duplicated or moved. */
const chaos = fc
  .tuple(interleaved, fc.array(fc.tuple(fc.nat(), fc.constantFrom('drop', 'double', 'swap'))), fc.boolean())
  .map(([events, changes, ends]) => {
    const list = [...events];
    for (const [place, change] of changes.slice(0, 6)) {
      const at = place % Math.max(1, list.length);
      const event = list[at];
      if (!event) continue;
      if (change === 'drop') list.splice(at, 1);
      else if (change === 'double') list.splice(at, 0, event);
      else list.push(...list.splice(at, 1));
    }
    return ends ? [...list, up.completed()] : list;
  });

const stream = (events: readonly up.UpstreamEvent[]) => bytes(up.frames(events));

describe('any upstream stream', () => {
  it('produces valid Messages grammar', () => {
    fc.assert(
      fc.property(chaos, (events) => {
        const { text: out, error } = replay(whole(stream(events)));
        const seen = judge(out);
        expect(seen.faults).toEqual([]);
        expect(seen.complete).toBe(error === undefined);
      }),
      { numRuns: 120 },
    );
  });

  it('produces the same output for any chunking', () => {
    fc.assert(
      fc.property(chaos, fc.array(fc.nat(), { maxLength: 30 }), (events, places) => {
        const data = stream(events);
        expect(replay(cutAt(data, places)).text).toBe(replay(whole(data)).text);
      }),
      { numRuns: 150 },
    );
  });

  it('is translated completely: joined deltas equal the final text and arguments, in item order', () => {
    fc.assert(
      fc.property(interleaved, (events) => {
        const { text: out } = replay(whole(stream([up.created(), ...events, up.completed()])));
        const done = events
          .filter((event) => event.type === 'response.output_item.done')
          .sort((a, b) => Number(a.output_index) - Number(b.output_index));
        const first = new Map<unknown, number>();
        for (const [place, event] of events.entries())
          if (!first.has(event.output_index)) first.set(event.output_index, place);
        done.sort((a, b) => (first.get(a.output_index) ?? 0) - (first.get(b.output_index) ?? 0));
        const blocks = judge(out).blocks;
        expect(blocks).toHaveLength(done.length);
        done.forEach((event, index) => {
          const source = event.item as Record<string, any>;
          const block = blocks[index]!;
          expect(block.closed).toBe(true);
          if (source.type === 'message') expect(block.text).toBe(source.content[0].text);
          if (source.type === 'reasoning') expect(block.text).toBe(source.summary[0].text);
          if (source.type === 'function_call') {
            const sentArguments = JSON.parse(source.arguments);
            const receivedArguments = JSON.parse(block.text);
            for (const [key, value] of Object.entries(receivedArguments)) expect(value).toEqual(sentArguments[key]);
            for (const [key, value] of Object.entries(sentArguments))
              if (value !== null && value !== '') expect(receivedArguments[key]).toEqual(value);
          }
        });
      }),
      { numRuns: 120 },
    );
  });

  it('is collected into the same message as the streamed one', () => {
    fc.assert(
      fc.property(interleaved, (events) => {
        const { text: out, message } = replay(whole(stream([up.created(), ...events, up.completed()])));
        const seen = judge(out);
        expect(message?.stop_reason).toBe(seen.stopReason);
        expect(message?.usage).toEqual(seen.usage);
        expect(
          message?.content.map((block) =>
            block.type === 'text'
              ? block.text
              : block.type === 'thinking'
                ? block.thinking
                : 'input' in block && block.input,
          ),
        ).toEqual(
          seen.blocks.map((block) => (block.type === 'tool_use' ? JSON.parse(block.text || '{}') : block.text)),
        );
      }),
      { numRuns: 120 },
    );
  });
});

describe('argument repair', () => {
  const schema: JsonObject = {
    type: 'object',
    properties: { need: { type: 'string' }, isOptional: { type: 'string' }, either: { type: ['string', 'null'] } },
    required: ['need'],
  };

  it('removes only optional nulls and empty strings', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('need', 'may', 'either', 'unknown', '__proto__'), fc.jsonValue()),
        (value) => {
          const { value: repaired, dropped } = repairArguments(value, schema, 'Read');
          for (const [key, member] of Object.entries(value)) {
            const isOptional = key === 'may' || key === 'either';
            const isRemoved = !Object.hasOwn(repaired, key);
            if (isRemoved) expect(isOptional && (member === null || member === '')).toBe(true);
            else expect(repaired[key]).toEqual(member);
          }
          expect(dropped).toHaveLength(Object.keys(value).length - Object.keys(repaired).length);
        },
      ),
    );
  });
});

describe('the reasoning envelope', () => {
  it('round-trips its content, including dots in the model name', () => {
    const part = fc.string({ unit: 'grapheme' });
    const name = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
    const model = fc.stringMatching(/^[a-z0-9.-]{1,20}$/);
    fc.assert(
      fc.property(name, model, part, part, part, (upstream, modelName, account, id, encrypted) => {
        const envelope = { upstream, model: modelName, account, id, encrypted };
        expect(openReasoning(sealReasoning(envelope))).toEqual(envelope);
      }),
    );
  });
});

describe('the stop scanner', () => {
  it('returns the text before the earliest stop sequence for any chunking', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[ab<>/]{0,6}$/), { maxLength: 20 }),
        fc.array(fc.stringMatching(/^[ab<>/]{1,4}$/), { minLength: 1, maxLength: 3 }),
        (parts, sequences) => {
          const scanner = new StopScanner(sequences);
          const out =
            parts.map((part) => scanner.push(part)).join('') + (scanner.hit === undefined ? scanner.flush() : '');
          const all = parts.join('');
          // A sequence matches when it is complete. Of sequences at the same position, the first in the list wins.
          const places = sequences.map((sequence) => all.indexOf(sequence)).filter((place) => place >= 0);
          if (places.length === 0) expect(out).toBe(all);
          else {
            expect(scanner.hit).toBeDefined();
            expect(all.startsWith(out + (scanner.hit ?? ''))).toBe(true);
            for (const sequence of sequences) expect(out).not.toContain(sequence);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the ledger', () => {
  const entry = fc.record({
    version: fc.constant(1),
    time: fc
      .date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    id: fc.constant('req_x'),
    session: fc.constantFrom('s-1', 's-2'),
    repo: fc.constant('r'),
    requestClass: fc.constant('turn' as const),
    upstream: fc.constantFrom('codex', 'demo'),
    model: fc.constantFrom('a', 'b', 'c'),
    verdict: fc.constant('complete' as const),
    stopReason: fc.constant('end_turn'),
    errorCode: fc.constant(''),
    measured: fc.boolean(),
    inputTokens: fc.nat(1e6),
    cacheReadTokens: fc.nat(1e6),
    cacheWriteTokens: fc.nat(1e6),
    outputTokens: fc.nat(1e6),
    reasoningTokens: fc.nat(1e6),
    costMicroUsd: fc.option(fc.nat(1e9)),
    costKind: fc.constantFrom('metered' as const, 'plan' as const, 'local' as const, 'unknown' as const),
    health: fc.constant({
      headersMs: 1,
      firstTokenMs: 1,
      durationMs: 1,
      longestSilenceMs: 1,
      pings: 0,
      retries: 0,
      bytes: 1,
    }),
  });

  it('sums to its entries for any grouping, and ignores incomplete lines', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 40 }),
        fc.constantFrom('day' as const, 'model' as const, 'upstream' as const, 'session' as const),
        (entries, by) => {
          const lines = entries.map(encodeEntry);
          const incompleteLines = lines.map((line) => line.slice(0, -5));
          expect(incompleteLines.map(readEntry).filter(Boolean)).toEqual([]);
          const sum = new UsageSum(by, (time) => time.slice(0, 10));
          for (const line of lines) sum.add(readEntry(line)!);
          const keys = [
            'inputTokens',
            'cacheReadTokens',
            'cacheWriteTokens',
            'outputTokens',
            'reasoningTokens',
          ] as const;
          for (const key of keys) {
            const expected = entries.reduce((total, one) => total + one[key], 0);
            expect(sum.total[key]).toBe(expected);
            expect(sum.rows().reduce((total, row) => total + row[key], 0)).toBe(expected);
          }
          expect(sum.total.requests).toBe(entries.length);
        },
      ),
    );
  });

  it('never adds costs of different kinds', () => {
    const sum = new UsageSum('model', () => 'd');
    const base = {
      time: '2026-01-01T00:00:00Z',
      requestClass: 'turn',
      session: 's',
      repo: 'r',
      upstream: 'u',
      model: 'm',
      inputTokens: 1,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 1,
      reasoningTokens: 0,
      measured: true,
      repeated: false,
      requests: 1,
    };
    sum.add({ ...base, costKind: 'metered', costMicroUsd: 5 });
    sum.add({ ...base, costKind: 'plan', costMicroUsd: 70 });
    expect(sum.total).toMatchObject({ costKind: 'mixed', costMicroUsd: 5 });
  });
});
