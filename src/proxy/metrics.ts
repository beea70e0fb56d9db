/** The session's totals in Prometheus text format 0.0.4. */
import type { SessionState } from '../session/state.ts';

export function metricsText({ totals, running, contextTokens }: SessionState): string {
  const lines: string[] = [];
  const metric = (name: string, type: 'counter' | 'gauge', help: string, rows: readonly [string, number][]) => {
    lines.push(`# HELP ccp_${name} ${help}`, `# TYPE ccp_${name} ${type}`);
    for (const [labels, value] of rows) lines.push(`ccp_${name}${labels} ${value}`);
  };
  metric('requests_total', 'counter', 'Requests that ended, by verdict.', rowsByLabel('verdict', totals.verdicts));
  metric('requests_running', 'gauge', 'Requests under way.', [['', running.length]]);
  metric('tokens_total', 'counter', 'Tokens, by kind.', [
    ['{kind="input"}', totals.tokens.inputTokens],
    ['{kind="cache_read"}', totals.tokens.cacheReadTokens],
    ['{kind="cache_write"}', totals.tokens.cacheWriteTokens],
    ['{kind="output"}', totals.tokens.outputTokens],
  ]);
  metric(
    'cost_micro_usd_total',
    'counter',
    'List price, by kind of cost; kinds do not add up.',
    rowsByLabel('kind', totals.costMicroUsd),
  );
  metric('pings_total', 'counter', 'Keepalive pings sent to Claude Code.', [['', totals.pings]]);
  metric('retries_total', 'counter', 'Attempts repeated before any content.', [['', totals.retries]]);
  metric('denials_total', 'counter', 'Requests that a rule denied.', [['', totals.denials]]);
  metric('fallbacks_total', 'counter', 'Changes to a fallback and back.', [['', totals.fallbacks]]);
  const { count, sumMs } = totals.firstToken;
  lines.push(
    '# HELP ccp_first_token_seconds Time to the first token.',
    '# TYPE ccp_first_token_seconds summary',
    `ccp_first_token_seconds_sum ${sumMs / 1000}`,
    `ccp_first_token_seconds_count ${count}`,
  );
  metric('context_tokens', 'gauge', 'Input side of the newest main turn.', [['', contextTokens]]);
  return `${lines.join('\n')}\n`;
}

const rowsByLabel = (label: string, values: Readonly<Record<string, number | undefined>>): [string, number][] =>
  Object.entries(values).map(([key, value]) => [`{${label}="${key}"}`, value ?? 0]);
