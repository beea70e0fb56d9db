/**
 * Messages between the compositor's thread and the thread that draws ccp's UI. They contain plain values, because they
 * are posted.
 */
import type { Abilities } from '../models/abilities.ts';
import type { CostKind, PriceRow } from '../models/types.ts';
import type { RouteClass } from '../routing/classes.ts';
import type { SessionEvent } from './events.ts';
import type { SessionState } from './state.ts';

export type { RouteClass } from '../routing/classes.ts';

/** A model the user may switch to. */
export interface ModelChoice {
  readonly name: string;
  readonly upstream: string;
  readonly model: string;
  readonly contextWindow: number;
  readonly costKind: CostKind;
  readonly price: PriceRow | undefined;
  /** Its answers are scripted: it can be chosen, but is not offered in place of another model. */
  readonly isScripted: boolean;
  /** No longer in the upstream's model list; some accounts can still use it. */
  readonly unlisted: boolean;
  /** Why it cannot be chosen, and the remedy; `undefined` if it can be chosen. */
  readonly unavailable: string | undefined;
  /** It cannot be chosen because of a policy; `unavailable` names the rule. */
  readonly isDenied?: boolean;
  readonly abilities: Abilities;
  /** The used share of its plan, as text; `undefined` if unknown. */
  readonly quota: string | undefined;
}

export type OverlayName = 'help' | 'switch' | 'quit' | 'details';

export type MeterLayout = 'side' | 'bottom' | 'off';

export type ToUi =
  | {
      readonly type: 'start';
      readonly state: SessionState;
      readonly sessionName: string;
      readonly prefixLabel: string;
      readonly choices: readonly ModelChoice[];
      /** Colours may be used. */
      readonly color: boolean;
      readonly background: 'light' | 'dark';
    }
  | { readonly type: 'meter'; readonly layout: MeterLayout; readonly cols: number; readonly rows: number }
  | { readonly type: 'events'; readonly events: readonly SessionEvent[] }
  /** `waits`: shown after the current notice instead of replacing it. */
  | { readonly type: 'notice'; readonly text: string; readonly waits?: true }
  | { readonly type: 'awaiting'; readonly yes: boolean }
  /** `routeClass`: that of the switch dialog. */
  | {
      readonly type: 'open';
      readonly overlay: OverlayName;
      readonly routeClass: RouteClass;
      readonly cols: number;
      readonly rows: number;
    }
  /** The open overlay has a new size; typed text is kept. */
  | { readonly type: 'fit'; readonly cols: number; readonly rows: number }
  | { readonly type: 'close' }
  | { readonly type: 'key'; readonly data: Uint8Array };

export type UiAction =
  | { readonly type: 'dismiss' }
  | { readonly type: 'quit' }
  | { readonly type: 'switch'; readonly routeClass: RouteClass; readonly model: string };

export type FromUi =
  | { readonly type: 'ready' }
  | { readonly type: 'drawn'; readonly surface: 'meter' | 'overlay'; readonly data: string }
  | { readonly type: 'action'; readonly action: UiAction };
