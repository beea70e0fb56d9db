/** Small input from outside must not cost much time or memory. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledModels } from '../../src/models/catalogue.ts';
import { mergedCatalogue, usableModels } from '../../src/models/merge.ts';
import { mergeQuota, type Quota } from '../../src/models/quota.ts';
import { readModelCache, storeModelList } from '../../src/storage/model-cache.ts';
import { readFailure } from '../../src/translate/failures/read.ts';
import { upstreamOfDialect } from '../support/dialects.ts';
import { replay } from '../support/replay.ts';

/** Linear work takes milliseconds here. What is quadratic takes minutes. */
const farTooLongMs = 5_000;
const timed = <T>(work: () => T): { ms: number; result: T } => {
  const start = performance.now();
  const result = work();
  return { ms: performance.now() - start, result };
};

describe('an error body', () => {
  it.each(['<', '<a', '<title>', ' ', '\n', '{"error":', '&'])('of 256 kB of %j is read at once', (unit) => {
    const { ms, result } = timed(() => readFailure(unit.repeat((256 * 1024) / unit.length)));
    expect(ms).toBeLessThan(farTooLongMs);
    expect(result.message.length).toBeLessThanOrEqual(1_000);
  });

  it('loses control characters in every part', () => {
    const body = JSON.stringify({
      error: { code: 'a\x1bb', message: 'c\u009bd\r\ne', param: 'f\x07g', plan_type: 'h\u2028i' },
    });
    const { code, message, detail } = readFailure(body);
    expect([code, message, detail.param, detail.plan_type]).toEqual(['a b', 'c d e', 'f g', 'h i']);
  });
});

describe('limits of an upstream', () => {
  it('are kept in a limited number, the newest first, with clean names', () => {
    let quota: Quota | undefined;
    const { ms } = timed(() => {
      for (let n = 0; n < 20_000; n++)
        quota = mergeQuota(quota, {
          windows: [{ name: `limit\x1b[31m ${n}`, usedPercent: 1, resetsAt: undefined }],
          plan: 'pl\nus',
          credits: undefined,
        });
    });
    expect(ms).toBeLessThan(farTooLongMs);
    expect(quota?.windows).toHaveLength(16);
    expect(quota?.windows[0]?.name).toBe('limit [31m 19999');
    expect(quota?.plan).toBe('pl us');
  });
});

describe('a model list', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => ({ upstream: 'gate', id: `model-${n}` }));

  it('is limited, without doubles and without ids that could not be sent back', () => {
    const ids = ['a', 'a', 'b\x1b]52;c;x\x07', 'c\u0085', 'x'.repeat(201), 'd'].map((id) => ({ id }));
    expect(usableModels(ids).map(({ id }) => id)).toEqual(['a', 'd']);
    expect(usableModels(many(60_000))).toHaveLength(2_000);
  });

  it('of 60,000 models is merged in linear time', () => {
    const { ms, result } = timed(() => mergedCatalogue(bundledModels, many(60_000), []));
    expect(ms).toBeLessThan(farTooLongMs);
    expect(result).toHaveLength(bundledModels.length + 60_000);
  });

  it('in the cache is limited, and a file that ccp did not write is ignored', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccp-bounds-'));
    storeModelList(folder, 'gate', { at: '', etag: undefined, models: many(3_000) });
    expect(readModelCache(folder)).toHaveLength(2_000);
    writeFileSync(join(folder, 'models.json'), ' '.repeat(33 * 1024 * 1024));
    expect(readModelCache(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe('unfinished output items', () => {
  const frames: Readonly<Record<string, (n: number) => object>> = {
    responses: (n) => ({
      type: 'response.output_item.added',
      output_index: n,
      item: { type: 'function_call', id: `fc_${n}`, call_id: `call_${n}`, name: 'Read', arguments: '' },
    }),
    chat: (n) => ({
      choices: [{ delta: { tool_calls: [{ index: n, id: `call_${n}`, function: { name: 'Read', arguments: '{' } }] } }],
    }),
    messages: (n) => ({
      type: 'content_block_start',
      index: n,
      content_block: { type: 'tool_use', id: `toolu_${n}`, name: 'Read', input: {} },
    }),
  };

  it.each(Object.keys(frames))('of a %s upstream are limited', (dialect) => {
    const upstream = upstreamOfDialect[dialect];
    const frame = frames[dialect];
    if (!upstream || !frame) throw new Error(dialect);
    let sent = 0;
    function* bytes(): Generator<Uint8Array> {
      for (; sent < 200_000; sent++) {
        const data = frame?.(sent) as { type?: string };
        yield Buffer.from(`${data.type ? `event: ${data.type}\n` : ''}data: ${JSON.stringify(data)}\n\n`);
      }
    }
    expect(replay(bytes(), undefined, upstream).error?.message).toMatch(
      /more than 1000 unfinished output items|inside a tool call/,
    );
  });
});
