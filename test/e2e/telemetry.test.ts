/** OpenTelemetry from real sessions: sums equal to the ledger, traces through to the upstream, no content. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../support/agent.ts';
import { type Home, makeHome } from '../support/home.ts';
import { OtlpReceiver } from '../support/otlp-receiver.ts';
import { runCcp } from '../support/run.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';

let home: Home;
let codex: StrictUpstream;
let openai: StrictUpstream;
let collector: OtlpReceiver;

beforeEach(async () => {
  home = makeHome();
  const script = agent([
    { thinking: 'SECRETTHOUGHT', calls: [{ name: 'Bash', args: { command: 'echo SECRETCALL', description: 'x' } }] },
    { text: 'SECRETANSWER' },
  ]);
  codex = await StrictUpstream.start(script);
  openai = await StrictUpstream.start(script, 'openai');
  collector = await OtlpReceiver.start();
  Object.assign(home.env, {
    CCP_CODEX_BASE_URL: codex.url,
    CCP_OPENAI_BASE_URL: openai.url,
    OPENAI_API_KEY: 'sk-fake-of-no-value',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_RESOURCE_ATTRIBUTES: 'team=birds',
  });
});
afterEach(async () => {
  await codex.stop();
  await openai.stop();
  await collector.stop();
  home.remove();
});

const work = (model: string, env: Record<string, string> = {}) =>
  runCcp(home, ['launch', '--model', model, '--', '-p', 'SECRETPROMPT', '--allowedTools', 'Bash'], { env });
const ledger = () =>
  readFileSync(join(home.home, '.state', 'ccp', 'ledger', `${new Date().toISOString().slice(0, 7)}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a collector', () => {
  it('receives from two sessions what the ledger has, and nothing of what was said', async () => {
    await Promise.all([work('codex/gpt-5.5'), work('openai/gpt-5.5')]);
    const rows = ledger();
    const total = (pick: (row: Record<string, number>) => number) => rows.reduce((sum, row) => sum + pick(row), 0);
    expect(rows.length).toBeGreaterThanOrEqual(4);
    expect(collector.sum('ccp.requests')).toBe(rows.length);
    for (const [kind, name] of [
      ['input', 'inputTokens'],
      ['cache_read', 'cacheReadTokens'],
      ['cache_write', 'cacheWriteTokens'],
      ['output', 'outputTokens'],
    ] as const)
      expect([kind, collector.sum('ccp.tokens', { 'ccp.token.kind': kind })]).toEqual([
        kind,
        total((row) => row[name] ?? 0),
      ]);
    const cost = (kind: string) =>
      rows.filter((row) => row.costKind === kind).reduce((sum, row) => sum + row.costMicroUsd, 0);
    for (const kind of ['plan', 'metered'])
      expect(Math.round(collector.sum('ccp.cost', { 'ccp.cost.kind': kind }) * 1_000_000)).toBe(cost(kind));
    expect(collector.sum('gen_ai.client.token.usage', { 'gen_ai.token.type': 'output' })).toBe(
      total((row) => row.outputTokens ?? 0),
    );
    const firstTokens = collector.points.filter(({ metric }) => metric === 'gen_ai.server.time_to_first_token');
    expect(firstTokens.reduce((sum, { count }) => sum + count, 0)).toBe(
      rows.filter((row) => row.health.firstTokenMs !== undefined).length,
    );
    expect(collector.resources.at(-1)).toMatchObject({ 'service.name': 'ccp', team: 'birds' });
    expect(collector.text).not.toMatch(/SECRET(?:PROMPT|THOUGHT|CALL|ANSWER)/);
    expect(collector.text).not.toContain('fake-of-no-value');
  });

  it('receives a trace for each request, which continues to the upstream', async () => {
    await work('codex/gpt-5.5');
    const roots = collector.spans.filter(({ name }) => name.startsWith('chat '));
    expect(roots).toHaveLength(ledger().length);
    for (const { spanId, traceId, attributes } of roots) {
      const stations = collector.spans.filter(({ parentSpanId }) => parentSpanId === spanId);
      expect(stations.map(({ name }) => name)).toEqual(['queued', 'headers', 'first token', 'stream']);
      expect(attributes).toMatchObject({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'codex',
        'ccp.verdict': 'complete',
      });
      const sent = codex.requests.filter(({ headers }) => String(headers.traceparent).includes(traceId));
      expect(sent).toHaveLength(1);
      // The upstream's span hangs below the station that sent the request.
      expect(stations.map((station) => station.spanId)).toContain(String(sent[0]?.headers.traceparent).split('-')[2]);
    }
  });

  it('receives the heads of the audit log, against which its chain is checked', async () => {
    const managed = join(home.home, 'managed.json');
    mkdirSync(home.home, { recursive: true });
    writeFileSync(managed, JSON.stringify({ version: 1 }));
    home.env.CCP_MANAGED_POLICY = managed;
    codex.script = () => {
      writeFileSync(managed, JSON.stringify({ version: 1, rules: [{ effect: 'deny', id: 'no' }] }));
      return { status: 500, body: '{"error":{"message":"broken"}}' };
    };
    await work('codex/gpt-5.5');
    const heads = collector.logs.filter((log) => log['ccp.audit.type'] === 'denial');
    expect(heads.length).toBeGreaterThan(0);
    const checked = await runCcp(home, ['policy', 'check', '--head', String(heads.at(-1)?.['ccp.audit.hash'])]);
    expect(checked.out).toContain('is in it');
    expect(collector.sum('ccp.denials')).toBe(heads.length);
  });

  it('that is down costs no request, and is said once', async () => {
    await collector.stop();
    const { code, out } = await work('codex/gpt-5.5', { OTEL_EXPORTER_OTLP_TIMEOUT: '500' });
    expect([code, out]).toEqual([0, 'SECRETANSWER\n']);
    const log = readFileSync(join(home.home, '.state', 'ccp', 'logs', 'proxy.log'), 'utf8');
    expect(log.split('telemetry could not be delivered').length - 1).toBeLessThanOrEqual(1);
    collector = await OtlpReceiver.start();
  });

  it('is sent protobuf by default', async () => {
    await work('codex/gpt-5.5', { OTEL_EXPORTER_OTLP_PROTOCOL: '' });
    expect(new Set(collector.received.map(({ path, type }) => `${path} ${type}`))).toEqual(
      new Set(['/v1/metrics application/x-protobuf', '/v1/traces application/x-protobuf']),
    );
    expect(collector.text).toContain('gen_ai.client.token.usage');
  });
});

describe('without a collector', () => {
  it('nothing is sent where none is configured, the SDK is disabled, or a policy forbids it; a policy can require it', async () => {
    await work('codex/gpt-5.5', { OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    await work('codex/gpt-5.5', { OTEL_SDK_DISABLED: 'true' });
    const managed = join(home.home, 'managed.json');
    writeFileSync(managed, JSON.stringify({ version: 1, telemetry: 'forbidden' }));
    await work('codex/gpt-5.5', { CCP_MANAGED_POLICY: managed });
    expect(collector.received).toEqual([]);
    expect(codex.requests[0]?.headers.traceparent).toBeUndefined();
    writeFileSync(managed, JSON.stringify({ version: 1, telemetry: 'required' }));
    const { code, err } = await work('codex/gpt-5.5', { CCP_MANAGED_POLICY: managed, OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    expect([code, err]).toEqual([1, expect.stringContaining('requires telemetry: set OTEL_EXPORTER_OTLP_ENDPOINT')]);
    // The heads of the audit log are logs.
    for (const signal of ['LOGS', 'METRICS'])
      expect(
        (await work('codex/gpt-5.5', { CCP_MANAGED_POLICY: managed, [`OTEL_${signal}_EXPORTER`]: 'none' })).code,
      ).toBe(1);
  });
});
