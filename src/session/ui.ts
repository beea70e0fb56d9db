/** Between the compositor's thread and the thread that draws ccp's own UI. Plain values: they are posted. */
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
  /** No longer in the upstream's own list; some accounts still have it. */
  readonly unlisted: boolean;
  /** Why it cannot be chosen, and what to do; `undefined` when it can. */
  readonly unavailable: string | undefined;
  readonly abilities: Abilities;
  /** How much of its plan is used, when that is known. */
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
  | { readonly type: 'notice'; readonly text: string }
  | { readonly type: 'awaiting'; readonly yes: boolean }
  | { readonly type: 'open'; readonly overlay: OverlayName; readonly cols: number; readonly rows: number }
  /** The open overlay got another size; what was typed stays. */
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
