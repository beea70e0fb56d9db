import { useReducer } from 'react';
import { searchModels } from '../../src/session/model-search.ts';
import type { ModelChoice, RouteClass } from '../../src/session/ui.ts';

/** The route classes that Tab cycles through. */
export const switchable: readonly RouteClass[] = [
  'main',
  'fast',
  'subagent',
  'opus',
  'sonnet',
  'haiku',
  'fable',
  'compaction',
  'websearch',
];

export interface SwitchState {
  readonly routeClass: RouteClass;
  readonly filter: string;
  readonly selected: number;
  /** The model to be confirmed; its consequences are shown. */
  readonly chosen: ModelChoice | undefined;
  /** Why the selected model cannot be chosen. */
  readonly refused: string | undefined;
}

export type SwitchKey =
  | { readonly type: 'typed'; readonly text: string }
  /** The last character, the last word, or everything. */
  | { readonly type: 'erased'; readonly what: 'character' | 'word' | 'all' }
  | { readonly type: 'moved'; readonly by: number }
  | { readonly type: 'class'; readonly by: 1 | -1 }
  | { readonly type: 'entered' }
  | { readonly type: 'escaped' };

function erased(filter: string, what: 'character' | 'word' | 'all'): string {
  if (what === 'all') return '';
  return what === 'word' ? filter.trimEnd().replace(/\S{1,200}$/, '') : filter.slice(0, -1);
}

export function switchReducer(choices: readonly ModelChoice[]) {
  return (state: SwitchState, key: SwitchKey): SwitchState => {
    const matches = searchModels(choices, state.filter);
    switch (key.type) {
      case 'typed':
        return state.chosen ? state : { ...state, filter: state.filter + key.text, selected: 0, refused: undefined };
      case 'erased':
        return state.chosen
          ? state
          : { ...state, filter: erased(state.filter, key.what), selected: 0, refused: undefined };
      case 'moved':
        return {
          ...state,
          selected: Math.max(0, Math.min(matches.length - 1, state.selected + key.by)),
          refused: undefined,
        };
      case 'class': {
        if (state.chosen) return state;
        const next =
          switchable[(switchable.indexOf(state.routeClass) + key.by + switchable.length) % switchable.length];
        return { ...state, routeClass: next ?? 'main', refused: undefined };
      }
      case 'entered': {
        const choice = matches[state.selected];
        if (!choice) return state;
        if (choice.unavailable !== undefined) return { ...state, refused: choice.unavailable };
        return { ...state, chosen: choice, refused: undefined };
      }
      case 'escaped':
        return { ...state, chosen: undefined };
    }
  };
}

/** @param routeClass the class that the dialog begins with. */
export const useSwitchState = (choices: readonly ModelChoice[], routeClass: RouteClass = 'main') =>
  useReducer(switchReducer(choices), {
    routeClass,
    filter: '',
    selected: 0,
    chosen: undefined,
    refused: undefined,
  });
