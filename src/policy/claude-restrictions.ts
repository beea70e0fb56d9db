/** What Claude Code's own managed settings say about models and logins; a routed session honours it. */
import { isUpstream } from './match.ts';
import type { ClaudeRestrictions } from './policy.ts';
import type { PolicySubject } from './subject.ts';

/** @returns the setting that denies the subject, and why; `undefined`: none does. */
export function claudeDenial(
  { forcedBy, gatewayUrl, availableModels }: ClaudeRestrictions,
  { upstream, target }: PolicySubject,
): { readonly rule: string; readonly reason: string } | undefined {
  const isAnthropic = isUpstream('anthropic', upstream, 'allow');
  const isGateway = gatewayUrl !== undefined && isUpstream(gatewayUrl, upstream, 'allow');
  const [forced] = forcedBy;
  if (forced !== undefined && !isAnthropic && !isGateway)
    return {
      rule: forced,
      reason:
        'Your organisation forces a login of Claude Code, so requests go to its service only. A policy of this system can allow another upstream.',
    };
  if (isAnthropic && availableModels !== undefined && !availableModels.some((name) => isAvailable(name, target.model)))
    return { rule: 'availableModels', reason: `Your organisation allows ${availableModels.join(', ') || 'no model'}.` };
  return undefined;
}

/** A tier or the beginning of an id stands for its models. */
function isAvailable(name: string, model: string): boolean {
  const [wanted, id] = [name.toLowerCase().replace(/\[1m\]$/, ''), model.toLowerCase()];
  return id === wanted || id.startsWith(`${wanted}-`) || (/^[a-z]+$/.test(wanted) && id.split('-').includes(wanted));
}
