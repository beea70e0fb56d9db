/** The dialogs over the screen: which one is open, and where. */
import type { RouteClass } from '../routing/classes.ts';
import type { OverlayName, ToUi } from '../session/ui.ts';
import { centred } from '../terminal/layout.ts';
import type { Rect } from '../terminal/pane.ts';
import type { Screen } from '../terminal/screen.ts';
import { overlaySizes } from './screen-facts.ts';

export interface ScreenOverlayContext {
  readonly screen: Pick<Screen, 'overlay' | 'size'>;
  send(message: ToUi): void;
}

export interface OpenOverlay {
  readonly overlay: OverlayName;
  /** The class that the switch dialog begins with. */
  readonly routeClass?: RouteClass | undefined;
  /** The request whose details are shown. */
  readonly request?: string | undefined;
}

export class ScreenOverlay {
  readonly #context: ScreenOverlayContext;
  #name: OverlayName | undefined;

  constructor(context: ScreenOverlayContext) {
    this.#context = context;
  }

  get isOpen(): boolean {
    return this.#name !== undefined;
  }

  open({ overlay, routeClass = 'main', request }: OpenOverlay): void {
    const { screen, send } = this.#context;
    const rect = this.#rectOf(overlay);
    this.#name = overlay;
    screen.overlay.open(rect);
    send({ type: 'open', overlay, routeClass, request, cols: rect.cols, rows: rect.rows });
  }

  /** The size of the terminal changed. */
  fit(): void {
    if (this.#name === undefined) return;
    const { screen, send } = this.#context;
    const rect = this.#rectOf(this.#name);
    screen.overlay.place(rect);
    send({ type: 'fit', cols: rect.cols, rows: rect.rows });
  }

  close(): void {
    this.#name = undefined;
    this.#context.send({ type: 'close' });
    this.#context.screen.overlay.close();
  }

  #rectOf(overlay: OverlayName): Rect {
    const { cols, rows } = overlaySizes[overlay];
    return centred(cols, rows, this.#context.screen.size);
  }
}
