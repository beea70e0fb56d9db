import type { SessionState } from '../../src/session/state.ts';
import type { MeterLayout, ModelChoice } from '../../src/session/ui.ts';
import type { Theme } from '../theme.ts';

export interface MeterProps {
  readonly state: SessionState;
  readonly sessionName: string;
  /** The models that can be switched to. */
  readonly choices: readonly ModelChoice[];
  /** Empty if no key can be pressed here. */
  readonly prefixLabel: string;
  readonly layout: MeterLayout;
  readonly cols: number;
  readonly rows: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly notice: string | undefined;
  /** The prefix key was pressed and the next key is expected. */
  readonly awaiting: boolean;
  /** Turns that were paged back in the picture of the session; 0 shows the newest. */
  readonly turnsBack?: number;
  /** Shown instead of the prefix key if there is none. */
  readonly hint?: string;
  readonly theme: Theme;
}
