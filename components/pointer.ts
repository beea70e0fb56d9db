/** Clicks on a surface that Ink draws. Ink itself knows only keys. */
import { createContext, useContext, useEffect } from 'react';

/** Position of a click within the surface; 0, 0 is its first cell. */
export interface Click {
  readonly x: number;
  readonly y: number;
}

export class Pointer {
  readonly #listeners = new Set<(click: Click) => void>();

  click(click: Click): void {
    for (const listener of this.#listeners) listener(click);
  }

  listen(listener: (click: Click) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export const PointerContext = createContext<Pointer | undefined>(undefined);

/** Calls back for each click on the surface of the component. */
export function usePointer(listener: (click: Click) => void): void {
  const pointer = useContext(PointerContext);
  useEffect(() => pointer?.listen(listener));
}
