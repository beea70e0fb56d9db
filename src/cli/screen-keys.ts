/** What the keys after the prefix do. `components/keys.ts` describes them. */
import type { SessionState } from '../session/state.ts';
import type { Screen } from '../terminal/screen.ts';
import type { Decisions } from './screen-decisions.ts';
import type { ScreenLayout } from './screen-layout.ts';
import type { OpenOverlay } from './screen-overlay.ts';

export interface ScreenKeysContext {
  readonly state: SessionState;
  readonly decisions: Decisions;
  readonly layout: ScreenLayout;
  readonly screen: Pick<Screen, 'toggleZoom' | 'openHistory'>;
  open(what: OpenOverlay): void;
  notice(text: string): void;
  /** Ends the program. */
  end(): void;
}

/** @param context read when a key is pressed. */
export const screenKeys = (context: ScreenKeysContext): Readonly<Record<string, () => void>> => ({
  '?': () => context.open({ overlay: 'help' }),
  // At a limit, the class whose requests wait.
  s: () => context.open({ overlay: 'switch', routeClass: context.state.wall?.routeClass }),
  b: () => context.decisions.switchBack(),
  y: () => context.decisions.answer(true),
  n: () => context.decisions.answer(false),
  w: () => context.decisions.answerWall(undefined),
  '1': () => context.decisions.answerWall(0),
  '2': () => context.decisions.answerWall(1),
  '3': () => context.decisions.answerWall(2),
  d: () => context.open({ overlay: 'details' }),
  i: () => context.open({ overlay: 'incidents' }),
  l: () => context.layout.next(),
  m: () => context.layout.toggleMeter(),
  z: () => context.screen.toggleZoom(),
  '[': () => {
    if (!context.screen.openHistory()) context.notice('A full-screen program has no scrollback here.');
  },
  q: () => {
    if (context.state.running.length > 0) context.open({ overlay: 'quit' });
    else context.end();
  },
});
