/**
 * Messages between the compositor's thread and the thread that draws ccp's UI. They contain plain values, because they
 * are posted.
 */
import type { Abilities } from '../models/abilities.ts';
import type { CostKind, PriceRow } from '../models/types.ts';
import type { RouteClass } from '../routing/classes.ts';
import type { SessionEvent } from './events.ts';
import type { SessionState } from './state.ts';
import type { ThemeName } from './theme-names.ts';

export type { RouteClass } from '../routing/classes.ts';

/** How long the meter shows a notice. */
export const noticeMs = 6_000;

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

export type OverlayName = 'help' | 'switch' | 'quit' | 'details' | 'incidents';

/** What the mouse did on a part of the screen that the UI draws; 0, 0 is the first cell of the part. */
export interface PointerEvent {
  readonly kind: 'click' | 'wheel-up' | 'wheel-down';
  readonly x: number;
  readonly y: number;
}

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
      readonly theme: ThemeName;
    }
  | { readonly type: 'meter'; readonly layout: MeterLayout; readonly cols: number; readonly rows: number }
  | { readonly type: 'events'; readonly events: readonly SessionEvent[] }
  /** `waits`: shown after the current notice instead of replacing it. */
  | { readonly type: 'notice'; readonly text: string; readonly waits?: true }
  | { readonly type: 'awaiting'; readonly yes: boolean }
  /** `routeClass`: that of the switch dialog. `request`: id of the request whose details are shown. */
  | {
      readonly type: 'open';
      readonly overlay: OverlayName;
      readonly routeClass: RouteClass;
      readonly request?: string | undefined;
      readonly cols: number;
      readonly rows: number;
    }
  /** The open overlay has a new size; typed text is kept. */
  | { readonly type: 'fit'; readonly cols: number; readonly rows: number }
  | { readonly type: 'close' }
  | { readonly type: 'key'; readonly data: Uint8Array }
  | { readonly type: 'pointer'; readonly surface: 'meter' | 'overlay'; readonly event: PointerEvent };

export type UiAction =
  | { readonly type: 'dismiss' }
  | { readonly type: 'quit' }
  /** Opens an overlay, after a click on the meter. */
  | {
      readonly type: 'open';
      readonly overlay: OverlayName;
      readonly routeClass?: RouteClass | undefined;
      readonly request?: string | undefined;
    }
  /** Copies a text to the clipboard of the terminal. */
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'switch'; readonly routeClass: RouteClass; readonly model: string };

export type FromUi =
  | { readonly type: 'ready' }
  | { readonly type: 'drawn'; readonly surface: 'meter' | 'overlay'; readonly data: string }
  | { readonly type: 'action'; readonly action: UiAction };
