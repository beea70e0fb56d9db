import { Box, Text, useInput } from 'ink';
import { useState } from 'react';
import { padLeft, padRight, truncate } from '../../src/session/columns.ts';
import { compact } from '../../src/session/format.ts';
import { impactOf } from '../../src/session/impact.ts';
import { recentFirst, searchModels } from '../../src/session/model-search.ts';
import { routeOf } from '../../src/session/route-of.ts';
import type { SessionState } from '../../src/session/state.ts';
import type { ModelChoice, RouteClass } from '../../src/session/ui.ts';
import { usedLimits } from '../../src/session/used-limits.ts';
import { stepsOf } from '../list-keys.ts';
import { usePointer } from '../pointer.ts';
import { colorProps, type Theme } from '../theme.ts';
import { Frame, frameTop } from './frame.tsx';
import { useSwitchState } from './use-switch-state.ts';

export interface SwitchProps {
  readonly state: SessionState;
  readonly choices: readonly ModelChoice[];
  /** The class that the dialog begins with. */
  readonly routeClass?: RouteClass;
  readonly cols: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly onSwitch: (routeClass: RouteClass, model: string) => void;
  readonly onDismiss: () => void;
}

export function Switch(props: SwitchProps) {
  const { state, cols, rows, theme, onSwitch, onDismiss } = props;
  // The order stays while the dialog is open.
  const [choices] = useState(() => recentFirst(props.choices, recentNames(state)));
  const [view, dispatch] = useSwitchState(choices, props.routeClass);
  const { routeClass } = view;
  const route = routeOf(routeClass, state);
  const current = choices.find((one) => one.upstream === route?.upstream && one.model === route.model);
  const impact = view.chosen && impactOf(view.chosen, state, routeClass, current);
  const refusedRows = view.refused === undefined ? 0 : 3;
  const listRows = Math.max(1, rows - 5 - refusedRows);
  const matches = searchModels(choices, view.filter);
  const first = Math.max(0, Math.min(view.selected - listRows + 1, matches.length - listRows));
  // The first click selects a row, the second one chooses it, as Enter does.
  usePointer(({ y }) => {
    const at = first + y - frameTop - headingRows;
    if (view.chosen || at < first || at >= Math.min(matches.length, first + listRows)) return;
    dispatch(at === view.selected ? { type: 'entered' } : { type: 'moved', by: at - view.selected });
  });
  useInput((input, key) => {
    if (key.escape) return view.chosen ? dispatch({ type: 'escaped' }) : onDismiss();
    if (key.return) {
      if (!view.chosen) return dispatch({ type: 'entered' });
      if (!impact?.refused) onSwitch(routeClass, `${view.chosen.upstream}/${view.chosen.model}`);
      return;
    }
    if (key.tab) return dispatch({ type: 'class', by: key.shift ? -1 : 1 });
    const by = stepsOf(key, listRows);
    if (by !== undefined) return dispatch({ type: 'moved', by });
    if (key.backspace || key.delete) return dispatch({ type: 'erased', what: 'character' });
    if (key.ctrl && input === 'u') return dispatch({ type: 'erased', what: 'all' });
    if (key.ctrl && input === 'w') return dispatch({ type: 'erased', what: 'word' });
    if (input !== '' && !key.ctrl && !key.meta) dispatch({ type: 'typed', text: input });
  });

  if (view.chosen && impact) {
    const keys = impact.refused ? 'Esc back' : 'Enter confirms · Esc back';
    return (
      <Frame title={`Switch ${routeClass} to ${view.chosen.name}?`} keys={keys} cols={cols} rows={rows} theme={theme}>
        {impact.lines.map((line) => (
          <Text key={line} {...colorProps(impact.refused && line.startsWith('Window') ? theme.bad : undefined)}>
            {line}
          </Text>
        ))}
      </Frame>
    );
  }
  const nameCols = widthOfNames(cols);
  return (
    <Frame
      title={`Switch ${routeClass}: ${view.filter}▏ ${matches.length} of ${choices.length}`}
      keys="type to filter · ↑↓ · Tab class · Enter chooses · Esc closes"
      cols={cols}
      rows={rows}
      theme={theme}
    >
      {matches.length === 0 ? (
        <Text>No model matches.</Text>
      ) : (
        <Text dimColor wrap="truncate">
          {heading(nameCols)}
        </Text>
      )}
      {matches.slice(first, first + listRows).map((choice, index) => (
        <Text
          key={`${choice.upstream}/${choice.model}`}
          wrap="truncate"
          inverse={first + index === view.selected}
          dimColor={choice.unavailable !== undefined}
        >
          {choiceLine(
            choice,
            {
              isCurrent: current?.upstream === choice.upstream && current.model === choice.model,
              used: usedLimits(state, choice.upstream) ?? choice.quota,
            },
            nameCols,
          )}
        </Text>
      ))}
      {view.refused === undefined ? null : (
        <Box height={refusedRows} flexShrink={0} overflow="hidden">
          <Text {...colorProps(theme.warn)}>{view.refused}</Text>
        </Box>
      )}
    </Frame>
  );
}

const recentNames = ({ routes, recent }: SessionState): string[] => {
  const requested = recent.toReversed().flatMap(({ route }) => route ?? []);
  return [...routes, ...requested].map(({ upstream, model }) => `${upstream}/${model}`);
};

/** Rows above the list, within the frame. */
const headingRows = 1;

const columns = { upstream: 10, cost: 7, window: 6, price: 13 } as const;
/** The frame and the other columns, with room for `no login`. */
const otherCols = 57;

const widthOfNames = (cols: number): number => Math.max(16, Math.min(30, cols - otherCols));

const heading = (nameCols: number): string =>
  `  ${'model'.padEnd(nameCols)} ${'upstream'.padEnd(columns.upstream)} ${'cost'.padEnd(columns.cost)} ${'window'.padStart(columns.window)}  ${'$/M in, out'.padEnd(columns.price)}`;

function choiceLine(
  choice: ModelChoice,
  { isCurrent, used }: { readonly isCurrent: boolean; readonly used: string | undefined },
  nameCols: number,
): string {
  const { price, costKind, contextWindow, unlisted, unavailable, isDenied } = choice;
  const rates = costKind === 'local' ? 'free' : price ? `${price.input}, ${price.output}` : '–';
  const facts = [
    isDenied ? 'denied' : unavailable === undefined ? '' : 'no login',
    used === undefined ? '' : `used ${used.replace(/ \(resets [^)]*\)/g, '')}`,
    unlisted ? 'no longer listed' : '',
  ];
  return [
    isCurrent ? '•' : ' ',
    padRight(truncate(choice.name, nameCols), nameCols),
    padRight(truncate(choice.upstream, columns.upstream), columns.upstream),
    padRight(costKind, columns.cost),
    `${padLeft(compact(contextWindow), columns.window)} `,
    padRight(rates, columns.price),
    facts.filter(Boolean).join(' · '),
  ]
    .join(' ')
    .trimEnd();
}
