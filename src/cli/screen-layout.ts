/** How keys and the mouse arrange the pane and the meter, for this session. Only the border is remembered. */
import { storeBorder } from '../storage/layout-memory.ts';
import {
  type Arrangement,
  dragBorder,
  type Geometry,
  type LayoutName,
  nextLayout,
  resizeBorder,
} from '../terminal/layout.ts';
import type { Screen } from '../terminal/screen.ts';

export interface LayoutContext {
  readonly screen: Pick<Screen, 'arrangement' | 'geometry' | 'size' | 'arrange'>;
  readonly stateDir: string;
  notice(text: string): void;
}

const tooSmall = 'This terminal is too small for more than one row of the meter.';

const layoutNotice = (layout: LayoutName, shown: Geometry): string =>
  `layout: ${layout === 'off' ? 'one row' : layout}${layout === 'auto' ? `, ${shown.layout} at this size` : ''}`;

export class ScreenLayout {
  readonly #context: LayoutContext;
  /** The layout that is restored from the one-row meter. */
  #previous: LayoutName = 'auto';

  constructor(context: LayoutContext) {
    this.#context = context;
  }

  /** The next layout that looks different here. */
  next(): void {
    const { screen, notice } = this.#context;
    if (screen.geometry.forced) return notice(tooSmall);
    const { cols, rows } = screen.size;
    const layout = nextLayout(screen.arrangement, cols, rows);
    screen.arrange({ ...screen.arrangement, layout });
    notice(layoutNotice(layout, screen.geometry));
  }

  /** Toggles between the one-row meter and the previous layout. */
  toggleMeter(): void {
    const { screen, notice } = this.#context;
    const { arrangement, geometry } = screen;
    if (geometry.forced) return notice(tooSmall);
    if (geometry.layout !== 'off') this.#previous = arrangement.layout;
    const layout = geometry.layout === 'off' ? this.#previous : 'off';
    screen.arrange({ ...arrangement, layout });
    notice(layoutNotice(layout, screen.geometry));
  }

  /** @returns whether the border moves this way. At its limit it stays, and a held key is still for it. */
  moveBorder(arrow: 'up' | 'down' | 'left' | 'right'): boolean {
    const { screen, notice } = this.#context;
    const arrangement = resizeBorder(screen.arrangement, screen.geometry, arrow);
    if (arrangement === undefined) notice('That border does not move this way; l changes the layout.');
    else this.#apply(arrangement, true);
    return arrangement !== undefined;
  }

  /** @param isLast the button was released. */
  dragBorder(x: number, y: number, isLast: boolean): void {
    const { screen } = this.#context;
    const dragged = dragBorder(screen.arrangement, screen.geometry, { x, y }, screen.size);
    if (dragged !== undefined) this.#apply(dragged, isLast);
  }

  /** Stores a position of the border for terminals of this size. */
  #apply(arrangement: Arrangement, isLast: boolean): void {
    const { screen, stateDir } = this.#context;
    const { cols, rows } = screen.size;
    screen.arrange(arrangement);
    if (isLast) storeBorder(stateDir, cols, rows, arrangement);
  }
}
