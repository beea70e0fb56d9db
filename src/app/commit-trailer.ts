/** The template of the trailer in commits: that of the policy, else of the settings. */
import { defaultTrailer } from '../launch/commit-trailer.ts';
import type { AppContext } from './context.ts';

/** @returns `undefined`: commits get no trailer. */
export function commitTrailer({ settings, policy }: Pick<AppContext, 'settings' | 'policy'>): string | undefined {
  const rule = policy.effective.commitTrailer;
  if (rule) return rule.value === false ? undefined : rule.value;
  const own = settings.text('commitTrailer');
  if (own === undefined || own === 'off') return undefined;
  return own === 'on' ? defaultTrailer : own;
}
