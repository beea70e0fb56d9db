/** One line for Claude Code's status line: route, context, cost or quota, health. */
import { percentOf } from '../models/percent.ts';
import { quotaText } from '../models/quota.ts';
import { ownValue } from '../wire/json.ts';
import { answeringRoute } from './answering-route.ts';
import { compact, contextSize, costText } from './format.ts';
import type { SessionState } from './state.ts';

export function statusLine(state: SessionState): string {
  const route = answeringRoute(state);
  const window = route?.contextWindow ?? 0;
  const share = window === 0 ? 0 : percentOf(state.contextTokens / window);
  const quota = ownValue(state.quotas, route?.upstream ?? '');
  return [
    `ccp ${route ? `${route.upstream}/${route.model}` : '–'}${route?.effort ? ` ${route.effort}` : ''}`,
    state.isContextKnown
      ? `context ${compact(state.contextTokens)}/${compact(window)} ${share} %`
      : `context ${contextSize(state)}${window === 0 ? '' : `, of ${compact(window)}`}`,
    costText(state),
    quota && quota.windows.length > 0 ? `used ${quotaText(quota)}` : '',
    healthText(state),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** How many of the recent streams did not end well, and the last verdict. */
function healthText({ recent }: SessionState): string {
  const sent = recent.filter(({ verdict, health }) => verdict !== 'refused' || health?.headersMs !== undefined);
  const failed = sent.filter(
    ({ verdict }) => verdict !== 'complete' && verdict !== 'repaired' && verdict !== 'cancelled',
  );
  if (sent.length === 0) return '';
  const last = sent.at(-1)?.verdict ?? '';
  return failed.length === 0 ? 'streams ok' : `${failed.length} of ${sent.length} streams failed, last ${last}`;
}
