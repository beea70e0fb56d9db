/** What a switch costs, in sentences, before it is made. */
import { compact, usd } from './receipt.ts';
import type { SessionState } from './state.ts';
import type { ModelChoice } from './ui.ts';

export interface Impact {
  readonly lines: readonly string[];
  /** The context in use does not fit the new window. */
  readonly overflows: boolean;
}

export function impactOf(choice: ModelChoice, state: SessionState): Impact {
  const current = state.routes.find((route) => route.routeClass === 'main');
  const used = state.contextTokens;
  const overflows = used > choice.contextWindow;
  const lines: string[] = [];
  lines.push(
    overflows
      ? `Window: ${compact(used)} in use do not fit ${compact(choice.contextWindow)}. Run /compact first.`
      : `Window: ${compact(choice.contextWindow)}${used > 0 ? `, ${compact(used)} in use` : ''}.`,
  );
  if (current?.upstream === choice.upstream && current.model === choice.model) lines.push('This is the route in use.');
  else if (used > 0) {
    lines.push(`Cache: cold, ${compact(used)} tokens are sent anew${coldCost(choice, used)}.`);
    lines.push('Reasoning of the present model is not carried over.');
  } else lines.push('Nothing is in the context yet, so nothing is lost.');
  lines.push(paidHow(choice));
  if (state.running.length > 0) lines.push('Running requests finish where they began.');
  return { lines, overflows };
}

function coldCost({ costKind, price }: ModelChoice, tokens: number): string {
  if (costKind === 'local') return ', free';
  if (price === undefined) return '';
  const rates = price.long && price.longAbove !== undefined && tokens > price.longAbove ? price.long : price;
  const once = usd(tokens * rates.input);
  return costKind === 'plan' ? ` (plan; ≈ ${once} by API)` : ` (≈ ${once} once)`;
}

function paidHow({ costKind, price }: ModelChoice): string {
  if (costKind === 'local') return 'Cost: local, free.';
  const rates = price === undefined ? 'no price known' : `$${price.input} in, $${price.output} out per million tokens`;
  return costKind === 'plan' ? `Cost: included in the plan (API: ${rates}).` : `Cost: ${rates}.`;
}
