import { expect, it } from 'vitest';
import { metricsText } from '../../src/proxy/metrics.ts';
import type { SessionState } from '../../src/session/state.ts';

it('the metrics are in the text format of Prometheus, each with its help and type', () => {
  const state = {
    totals: {
      verdicts: { ok: 3, failed: undefined },
      tokens: { inputTokens: 1, cacheReadTokens: 2, cacheWriteTokens: 3, outputTokens: 4 },
      costMicroUsd: { metered: 5 },
      pings: 6,
      retries: 7,
      denials: 9,
      fallbacks: 10,
      firstToken: { count: 2, sumMs: 1500 },
    },
    running: [{}, {}],
    contextTokens: 8,
  } as unknown as SessionState;
  const lines = metricsText(state).split('\n');
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
    'ccp_requests_total{verdict="ok"} 3',
    'ccp_requests_total{verdict="failed"} 0',
    'ccp_requests_running 2',
    'ccp_tokens_total{kind="input"} 1',
    'ccp_tokens_total{kind="cache_read"} 2',
    'ccp_tokens_total{kind="cache_write"} 3',
    'ccp_tokens_total{kind="output"} 4',
    'ccp_cost_micro_usd_total{kind="metered"} 5',
    'ccp_pings_total 6',
    'ccp_retries_total 7',
    'ccp_denials_total 9',
    'ccp_fallbacks_total 10',
    'ccp_first_token_seconds_sum 1.5',
    'ccp_first_token_seconds_count 2',
    'ccp_context_tokens 8',
  ]);
  expect(lines.slice(0, 2)).toEqual([
    '# HELP ccp_requests_total Requests that ended, by verdict.',
    '# TYPE ccp_requests_total counter',
  ]);
  const types = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ').slice(2).join(' '));
  expect(types).toEqual([
    'ccp_requests_total counter',
    'ccp_requests_running gauge',
    'ccp_tokens_total counter',
    'ccp_cost_micro_usd_total counter',
    'ccp_pings_total counter',
    'ccp_retries_total counter',
    'ccp_denials_total counter',
    'ccp_fallbacks_total counter',
    'ccp_first_token_seconds summary',
    'ccp_context_tokens gauge',
  ]);
  expect(lines.filter((line) => /^# HELP ccp_\w+ .+\.$/.test(line))).toHaveLength(10);
  expect(lines.at(-1)).toBe('');
});
