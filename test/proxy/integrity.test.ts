/** Tests for each integrity rule of docs/integrity.md. A test fails when its rule is violated. */
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/platform/randomness.ts';
import { sealReasoning } from '../../src/translate/anthropic/envelope.ts';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { ask, startProxy, type TestProxy } from '../support/proxy.ts';
import { openStream, StrictUpstream } from '../support/strict-upstream.ts';
import { until } from '../support/until.ts';

let upstream: StrictUpstream;
let proxy: TestProxy;

const fast = { pingIntervalMs: 10_000, headersTimeoutMs: 3_000, idleTimeoutMs: 3_000 };

beforeEach(async () => {
  upstream = await StrictUpstream.start(() => up.saying('Hi.'));
  proxy = await startProxy(upstream.url, { timeouts: fast });
});

afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
  expect(upstream.complaints).toEqual([]);
});

const truncateAfter = (events: up.UpstreamEvent[], how: 'end' | 'reset') => (_: unknown, response: ServerResponse) => {
  openStream(response);
  for (const event of events) response.write(up.frame(event));
  setTimeout(() => (how === 'end' ? response.end() : response.destroy()), 30);
  return undefined;
};

const verdicts = () =>
  proxy.events.flatMap((event) =>
    'verdict' in event ? [event.verdict] : event.type === 'cancelled' ? ['cancelled'] : [],
  );

describe('rule 1: only the writer produces Messages grammar', () => {
  it('produces a valid stream that echoes the model byte for byte', async () => {
    upstream.script = () => [
      up.created(),
      ...up.reasoningItem(0, 'I think about it.'),
      ...up.textItem(1, 'Now I read.'),
      ...up.callItem(2, { name: 'Read', args: { file_path: '/a' } }),
      up.completed(),
    ];
    const { text, status } = await proxy.stream(ask({ model: 'gpt-5.5[1m]' }));
    const seen = judge(text);
    expect(status).toBe(200);
    expect(seen.faults).toEqual([]);
    expect(seen.model).toBe('gpt-5.5[1m]');
    expect(seen.blocks.map((block) => block.type)).toEqual(['thinking', 'text', 'tool_use']);
    expect(seen.stopReason).toBe('tool_use');
  });
});

describe('rule 2: a tool call is closed only when it is complete', () => {
  it.each(['end', 'reset'] as const)('never closes a streamed call that was truncated (%s)', async (how) => {
    upstream.script = truncateAfter(
      [
        up.created(),
        up.callStart(0, { name: 'Write', args: '' }),
        up.callDelta(0, '{"file_path":"/a","content":"half'),
      ],
      how,
    );
    const seen = judge((await proxy.stream(ask())).text);
    expect(seen.faults).toEqual([]);
    expect(seen.blocks).toMatchObject([{ type: 'tool_use', closed: false }]);
    expect(seen.complete).toBe(false);
    expect(seen.error?.message).toMatch(/codex/);
    expect(verdicts()).toEqual(['truncated']);
  });

  it('never forwards a held-back call that was truncated', async () => {
    const events = [
      up.created(),
      ...up.textItem(0, 'Reading.'),
      up.callStart(1, { name: 'Read', args: '' }),
      up.callDelta(1, '{"file_path":"/a"}'),
    ];
    upstream.script = truncateAfter(events, 'end');
    const seen = judge((await proxy.stream(ask())).text);
    expect(seen.blocks.map((block) => block.type)).toEqual(['text']);
    expect(seen.complete).toBe(false);
    expect(seen.error).toBeDefined();
  });

  it('does not close a call with complete arguments before its item is done', async () => {
    const events = [
      up.created(),
      up.callStart(0, { name: 'Write', args: '' }),
      up.callDelta(0, '{"file_path":"/a","content":"b"}'),
      {
        type: 'response.function_call_arguments.done',
        output_index: 0,
        item_id: 'fc_0',
        arguments: '{"file_path":"/a","content":"b"}',
      },
    ];
    upstream.script = truncateAfter(events, 'end');
    const seen = judge((await proxy.stream(ask())).text);
    expect(seen.blocks).toMatchObject([{ closed: false }]);
    expect(seen.complete).toBe(false);
  });

  it('reports invalid JSON as an error and leaves the block open', async () => {
    const call = { name: 'Write', args: '{"file_path":"/a","content":' };
    upstream.script = () => [up.created(), ...up.callItem(0, call), up.completed()];
    const seen = judge((await proxy.stream(ask())).text);
    expect(seen.blocks).toMatchObject([{ type: 'tool_use', closed: false }]);
    expect(seen.error?.message).toMatch(/invalid call of Write/);
  });

  it('drops optional nulls and empty strings, keeps required ones, and reports the repair', async () => {
    upstream.script = () => [
      up.created(),
      ...up.callItem(0, { name: 'Read', args: { file_path: '', limit: null, pages: '' } }),
      ...up.callItem(1, { name: 'Write', args: { file_path: '/a', content: '' } }),
      up.completed(),
    ];
    const seen = judge((await proxy.stream(ask())).text);
    expect(seen.blocks.map((block) => JSON.parse(block.text))).toEqual([
      { file_path: '' },
      { file_path: '/a', content: '' },
    ]);
    expect(proxy.events.find((event) => event.type === 'repaired')).toMatchObject({ dropped: ['$.limit', '$.pages'] });
    expect(verdicts()).toEqual(['repaired']);
  });

  it('streams a call immediately when it has no optional properties', async () => {
    let release = () => {};
    upstream.script = async (_request, response) => {
      openStream(response);
      response.write(
        up.frames([up.created(), up.callStart(0, { name: 'Write', args: '' }), up.callDelta(0, '{"file_path":"/a",')]),
      );
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      response.end(
        up.frames([
          up.callDelta(0, '"content":"b"}'),
          up.callDone(0, { name: 'Write', args: { file_path: '/a', content: 'b' } }),
          up.completed(),
        ]),
      );
      return undefined;
    };
    const response = await proxy.post({ ...ask(), stream: true });
    const reader = response.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value);
    expect(first).toContain('"partial_json":"{\\"file_path\\":\\"/a\\","');
    release();
    while (!(await reader?.read())?.done);
  });

  it('serialises parallel calls whose deltas are interleaved', async () => {
    const a = { name: 'Write', args: { file_path: '/a', content: 'A'.repeat(40) } };
    const b = { name: 'Write', args: { file_path: '/b', content: 'B'.repeat(40) } };
    const [textA, textB] = [JSON.stringify(a.args), JSON.stringify(b.args)];
    upstream.script = () => [
      up.created(),
      up.callStart(0, a),
      up.callStart(1, b),
      up.callDelta(1, textB.slice(0, 20)),
      up.callDelta(0, textA.slice(0, 20)),
      up.callDelta(1, textB.slice(20)),
      up.callDone(1, b),
      up.callDelta(0, textA.slice(20)),
      up.callDone(0, a),
      up.completed(),
    ];
    const seen = judge((await proxy.stream(ask())).text);
    expect(seen.faults).toEqual([]);
    expect(seen.blocks.map((block) => JSON.parse(block.text))).toEqual([a.args, b.args]);
  });

  it('passes 200 kB of arguments through unchanged', async () => {
    const args = { file_path: '/big', content: 'x"\\\n漢'.repeat(40_000) };
    upstream.script = () => [up.created(), ...up.callItem(0, { name: 'Write', args }, 1000), up.completed()];
    const seen = judge((await proxy.stream(ask())).text);
    expect(JSON.parse(seen.blocks[0]?.text ?? '')).toEqual(args);
  });

  it('drops a held-back call and fails a streamed one on response.incomplete', async () => {
    upstream.script = () => [
      up.created(),
      ...up.textItem(0, 'x'),
      up.callStart(1, { name: 'Read', args: '' }),
      up.callDelta(1, '{"fi'),
      up.incomplete('max_output_tokens'),
    ];
    const held = judge((await proxy.stream(ask())).text);
    expect(held.stopReason).toBe('max_tokens');
    expect(held.blocks.map((block) => block.type)).toEqual(['text']);
    upstream.script = () => [
      up.created(),
      up.callStart(0, { name: 'Write', args: '' }),
      up.callDelta(0, '{"fi'),
      up.incomplete('max_output_tokens'),
    ];
    const live = judge((await proxy.stream(ask())).text);
    expect(live.complete).toBe(false);
    expect(live.error?.type).toBe('invalid_request_error');
  });
});

describe('rule 3: a stream without a terminal event is incomplete', () => {
  it.each(['end', 'reset'] as const)('truncation after text is an error without message_stop (%s)', async (how) => {
    upstream.script = truncateAfter([up.created(), ...up.textItem(0, 'All of it, it seems.')], how);
    const { text } = await proxy.stream(ask());
    const seen = judge(text);
    expect(seen.complete).toBe(false);
    expect(seen.error).toBeDefined();
    expect(text).not.toContain('message_stop');
    expect(verdicts()).toEqual(['truncated']);
  });

  it('a truncated response without streaming is an HTTP error', async () => {
    upstream.script = truncateAfter([up.created(), ...up.textItem(0, 'All of it, it seems.')], 'end');
    const response = await proxy.post(ask());
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'api_error' } });
  });
});

describe('rule 4: retries only before content', () => {
  it('retries a 500 and a truncation before content, twice at most', async () => {
    upstream.script = (_request, response, count) => {
      if (count === 1) return { status: 500, body: '{"error":{"message":"oops"}}' };
      if (count === 2) return truncateAfter([up.created()], 'end')(undefined, response);
      return up.saying('Third time.');
    };
    const seen = judge((await proxy.stream(ask())).text);
    expect(seen.blocks[0]?.text).toBe('Third time.');
    expect(upstream.requests).toHaveLength(3);
  });

  it('gives up after two retries with the real status', async () => {
    upstream.script = () => ({ status: 503, body: '{"error":{"message":"busy"}}' });
    const { status, text } = await proxy.stream(ask());
    expect(status).toBe(529);
    expect(text).toContain('busy');
    expect(upstream.requests).toHaveLength(3);
  });

  it('never retries once a block was forwarded', async () => {
    upstream.script = truncateAfter([up.created(), up.textStart(0), up.textDelta(0, 'x')], 'reset');
    await proxy.stream(ask());
    expect(proxy.events.filter((event) => event.type === 'retry')).toEqual([]);
    expect(upstream.requests).toHaveLength(1);
  });

  it('returns a long retry-after to Claude Code unchanged, without waiting for it', async () => {
    upstream.script = () => ({ status: 429, headers: { 'retry-after': '25' }, body: '{"error":{"message":"slow"}}' });
    const { status, headers } = await proxy.stream(ask());
    expect([status, headers.get('retry-after')]).toEqual([429, '25']);
    expect(upstream.requests).toHaveLength(1);
  });

  it('retries once without replayed reasoning when the upstream rejects it', async () => {
    const signature = sealReasoning({
      upstream: 'codex',
      model: 'gpt-5.5',
      account: sha256('acct-test').slice(0, 12),
      id: 'rs_1',
      encrypted: 'stale',
    });
    const messages = [
      { role: 'user', content: 'a' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 't', signature },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'user', content: 'c' },
    ];
    upstream.script = ({ text }) =>
      text.includes('stale')
        ? { status: 400, body: '{"error":{"code":"invalid_encrypted_content","message":"no"}}' }
        : up.saying('ok');
    expect(judge((await proxy.stream(ask({ messages }))).text).complete).toBe(true);
    expect(upstream.requests).toHaveLength(2);
  });
});

describe('rule 5: the stream is kept alive while the upstream is silent', () => {
  it('sends headers, message_start and pings while the upstream is silent', async () => {
    await proxy.stop();
    proxy = await startProxy(upstream.url, { timeouts: { ...fast, pingIntervalMs: 150 } });
    upstream.script = async () => {
      await wait(700);
      return up.saying('late');
    };
    const seen = judge((await proxy.stream(ask())).text);
    expect(seen.faults).toEqual([]);
    expect(seen.pings).toBeGreaterThanOrEqual(3);
    expect(seen.blocks[0]?.text).toBe('late');
  });

  it('keeps the real HTTP status of a failure before the first ping', async () => {
    upstream.script = () => ({ status: 404, body: '{"detail":"Model not found gpt-5.5"}' });
    const { status, text } = await proxy.stream(ask());
    expect(status).toBe(402);
    expect(text).toContain('Model not found gpt-5.5');
  });

  it('reports a failure after the first ping inside the stream', async () => {
    await proxy.stop();
    proxy = await startProxy(upstream.url, { timeouts: { ...fast, pingIntervalMs: 100 } });
    upstream.script = async () => {
      await wait(300);
      return { status: 400, body: '{"detail":"no"}' };
    };
    const { status, text } = await proxy.stream(ask());
    expect(status).toBe(200);
    expect(judge(text).error?.type).toBe('invalid_request_error');
  });

  it('ends a stalled stream with the verdict stalled', async () => {
    await proxy.stop();
    proxy = await startProxy(upstream.url, { timeouts: { ...fast, idleTimeoutMs: 300 } });
    upstream.script = (_request, response) => {
      openStream(response);
      response.write(up.frames([up.created(), up.textStart(0), up.textDelta(0, 'x')]));
      const comments = setInterval(() => response.write(': still here\n\n'), 50);
      response.on('close', () => clearInterval(comments));
      return undefined;
    };
    const seen = judge((await proxy.stream(ask())).text);
    expect(seen.error?.message).toMatch(/sent nothing/);
    expect(verdicts()).toEqual(['stalled']);
    await until(() => upstream.requests[0]?.aborted);
  });

  it('returns 504 when no headers arrive', async () => {
    await proxy.stop();
    proxy = await startProxy(upstream.url, { timeouts: { ...fast, headersTimeoutMs: 300 } });
    upstream.script = () => undefined;
    const { status } = await proxy.stream(ask());
    expect(status).toBe(504);
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('rule 6: errors in Claude Code’s format', () => {
  const overflow =
    '{"error":{"code":"context_length_exceeded","message":"Your input exceeds the context window of this model."}}';

  it.each([
    [400, overflow, 400, 'invalid_request_error', /^prompt is too long: the limit is 272000 tokens$/],
    [
      400,
      '{"error":{"message":"maximum context length is 128000 tokens. However, you requested about 140000 tokens"}}',
      400,
      'invalid_request_error',
      /^prompt is too long: 140000 tokens > 128000 maximum$/,
    ],
    [403, '{"detail":"workspace disabled"}', 402, 'billing_error', /workspace disabled/],
    [403, '<html><title>Just a moment…</title></html>', 402, 'billing_error', /blocked this request \(Just a moment…/],
    [404, '{"detail":"Model not found x"}', 402, 'billing_error', /Model not found x/],
    [
      429,
      '{"error":{"type":"usage_limit_reached","plan_type":"plus","resets_at":1790000000,"resets_in_seconds":3600}}',
      429,
      'rate_limit_error',
      /plus plan limit is reached, resets at 14:20/,
    ],
    [429, '{"error":{"type":"usage_not_included","message":"no"}}', 402, 'billing_error', /no/],
    [400, '{"detail":"Unsupported parameter: x"}', 400, 'invalid_request_error', /Unsupported parameter: x/],
    [413, '{"error":{"message":"too big"}}', 413, 'request_too_large', /too big/],
    [401, '{"detail":"expired"}', 401, 'authentication_error', /expired/],
  ])('maps status %i with body %s', async (status, body, wantedStatus, wantedType, wantedMessage) => {
    upstream.script = () => ({ status, body });
    const response = await proxy.post(ask());
    const json: any = await response.json();
    expect(response.status).toBe(wantedStatus);
    expect(json.error.type).toBe(wantedType);
    expect(json.error.message).toMatch(wantedMessage);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('request-id')).toBe(json.request_id);
  });

  it('uses an error type that newer clients do not retry for a final error in a stream', async () => {
    upstream.script = () => [up.created(), ...up.textItem(0, 'x'), up.failed('cyber_policy', 'not this')];
    expect(judge((await proxy.stream(ask())).text).error).toMatchObject({
      type: 'invalid_request_error',
      message: expect.stringContaining('not this'),
    });
    upstream.script = () => [up.created(), ...up.textItem(0, 'x'), up.failed('server_is_overloaded', 'busy')];
    expect(judge((await proxy.stream(ask())).text).error?.type).toBe('overloaded_error');
  });

  it('never returns 404 on /v1/messages', async () => {
    const response = await proxy.post(ask({ model: 'no-such-model' }));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('$.model');
  });
});

describe('rule 7: unsupported content is reported', () => {
  it('replaces an image URL by a note for the model and a warning for the user', async () => {
    const content = [{ type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } }];
    await proxy.stream(ask({ messages: [{ role: 'user', content }] }));
    expect(upstream.requests[0]?.text).toContain(
      '[image at https://example.org/a.png omitted: codex does not support it]',
    );
    expect(proxy.events.some((event) => event.type === 'warning')).toBe(true);
  });

  it('rejects a server tool with a final error', async () => {
    const response = await proxy.post(ask({ tools: [{ type: 'web_fetch_20250910', name: 'web_fetch' }] }));
    expect(response.status).toBe(402);
    expect(upstream.requests).toHaveLength(0);
  });

  it('enforces stop sequences itself and aborts the upstream', async () => {
    upstream.script = (_request, response) => {
      openStream(response);
      response.write(up.frames([up.created(), ...up.textItem(0, '<severity>3</severity> and more', 3)]));
      return undefined;
    };
    const response = await proxy.post(ask({ stop_sequences: ['</severity>'] }));
    expect(await response.json()).toMatchObject({
      content: [{ type: 'text', text: '<severity>3' }],
      stop_reason: 'stop_sequence',
      stop_sequence: '</severity>',
    });
    await until(() => upstream.requests[0]?.aborted);
  });
});

describe('rule 8: thinking is replayed only to its origin', () => {
  const account = sha256('acct-test').slice(0, 12);
  const turn = (signature: string) => [
    { role: 'user', content: 'a' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'I see', signature },
        { type: 'text', text: 'b' },
      ],
    },
    { role: 'user', content: 'c' },
  ];
  const replayed = async (signature: string) => {
    await proxy.stream(ask({ messages: turn(signature) }));
    return upstream.requests.at(-1)?.body.input.filter((item: { type: string }) => item.type === 'reasoning');
  };

  it('signs the reasoning of the upstream and replays it there unchanged', async () => {
    upstream.script = () => [
      up.created(),
      ...up.reasoningItem(0, 'I see', 'blob=='),
      ...up.textItem(1, 'b'),
      up.completed(),
    ];
    const [thinking] = judge((await proxy.stream(ask())).text).blocks;
    expect(thinking?.signature).toMatch(/^ccp1\.codex\.gpt-5\.5\./);
    expect(await replayed(thinking?.signature ?? '')).toEqual([
      {
        type: 'reasoning',
        id: 'rs_0',
        summary: [{ type: 'summary_text', text: 'I see' }],
        encrypted_content: 'blob==',
      },
    ]);
  });

  it.each([
    ['another upstream', { upstream: 'kimi', model: 'k2.6', account: '' }],
    ['another family', { upstream: 'codex', model: 'gpt-6-luna', account }],
    ['another account', { upstream: 'codex', model: 'gpt-5.5', account: 'somebody' }],
  ])('removes reasoning from %s', async (_name, maker) => {
    expect(await replayed(sealReasoning({ ...maker, id: 'rs', encrypted: 'x' }))).toEqual([]);
  });

  it('removes reasoning signed by Anthropic', async () => {
    expect(await replayed('ErUBCkYIBBgCIkDsomethingOfAnthropic')).toEqual([]);
  });
});

describe('rule 9: the prompt prefix is stable', () => {
  it('sends the same bytes for a string and its text block, without the attribution block', async () => {
    const system = (hash: string) => [
      { type: 'text', text: `x-anthropic-billing-header: cc_version=2.1.197.${hash};` },
      { type: 'text', text: 'You are helpful.', cache_control: { type: 'ephemeral' } },
    ];
    const blocks = [{ role: 'user', content: [{ type: 'text', text: 'hello', cache_control: { type: 'ephemeral' } }] }];
    await proxy.stream(ask({ system: system('abc'), messages: blocks }));
    await proxy.stream(ask({ system: system('def') }));
    expect(upstream.requests[0]?.text).toBe(upstream.requests[1]?.text);
    expect(upstream.requests[0]?.body.instructions).toBe('You are helpful.');
  });

  it('grows append-only from turn to turn', async () => {
    const first = [{ role: 'user', content: [{ type: 'text', text: 'one' }] }];
    const second = [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: [{ type: 'text', text: 'two' }] },
      { role: 'user', content: 'three' },
    ];
    await proxy.stream(ask({ messages: first }));
    await proxy.stream(ask({ messages: second }));
    const [a, b] = upstream.requests.map((request) => JSON.stringify(request.body.input));
    expect(b?.startsWith((a ?? '').slice(0, -1))).toBe(true);
  });

  it('uses the session id as the cache key', async () => {
    await proxy.stream(ask({ metadata: { user_id: JSON.stringify({ device_id: 'd', session_id: 'abc-123' }) } }));
    expect(upstream.requests[0]?.body.prompt_cache_key).toBe('abc-123');
    expect(upstream.requests[0]?.headers['session-id']).toBe('abc-123');
  });
});

describe('rule 10: every turn gets a verdict', () => {
  it('stores and shows the verdict with the stream health', async () => {
    await proxy.stream(ask());
    expect(proxy.ledger).toMatchObject([
      {
        verdict: 'complete',
        upstream: 'codex',
        model: 'gpt-5.5',
        inputTokens: 200,
        cacheReadTokens: 1000,
        outputTokens: 50,
        reasoningTokens: 20,
        costKind: 'plan',
        costMicroUsd: 200 * 5 + 1000 * 0.5 + 50 * 30,
      },
    ]);
    expect(proxy.ledger[0]?.health).toMatchObject({
      pings: 0,
      retries: 0,
      firstTokenMs: expect.any(Number),
      headersMs: expect.any(Number),
    });
    expect(proxy.proxy.state.recent).toMatchObject([{ verdict: 'complete' }]);
  });

  it('aborts the upstream when Claude Code closes the request, with the verdict cancelled', async () => {
    upstream.script = (_request, response) => {
      openStream(response);
      response.write(up.frames([up.created(), up.textStart(0), up.textDelta(0, 'x')]));
      return undefined;
    };
    const abort = new AbortController();
    const response = await proxy.post({ ...ask(), stream: true }, { signal: abort.signal });
    await response.body?.getReader().read();
    abort.abort();
    await until(() => upstream.requests[0]?.aborted);
    await until(() => verdicts().length > 0);
    expect(verdicts()).toEqual(['cancelled']);
  });

  it('gives a refusal the verdict refused', async () => {
    upstream.script = () => [
      up.created(),
      up.textStart(0),
      { type: 'response.refusal.delta', output_index: 0, delta: 'I cannot.' },
      { type: 'response.refusal.done', output_index: 0, refusal: 'I cannot.' },
      up.completed(),
    ];
    const seen = judge((await proxy.stream(ask())).text);
    expect([seen.stopReason, seen.blocks[0]?.text]).toEqual(['refusal', 'I cannot.']);
    expect(verdicts()).toEqual(['refused']);
  });
});
