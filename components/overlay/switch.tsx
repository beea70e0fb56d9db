import { Box, Text, useInput } from 'ink';
import { padLeft, padRight, truncate } from '../../src/session/columns.ts';
import { compact } from '../../src/session/format.ts';
import { impactOf } from '../../src/session/impact.ts';
import type { SessionState } from '../../src/session/state.ts';
import type { ModelChoice, RouteClass } from '../../src/session/ui.ts';
import { colorProps, type Theme } from '../theme.ts';
import { Frame } from './frame.tsx';
import { filterChoices, useSwitchState } from './use-switch-state.ts';

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
  const { state, choices, cols, rows, theme, onSwitch, onDismiss } = props;
  const [view, dispatch] = useSwitchState(choices, props.routeClass);
  const { routeClass } = view;
  const route =
    state.routes.find((one) => one.routeClass === routeClass) ?? state.routes.find((one) => one.routeClass === 'main');
  const current = choices.find((one) => one.upstream === route?.upstream && one.model === route.model);
  const impact = view.chosen && impactOf(view.chosen, state, routeClass, current);
  useInput((input, key) => {
    if (key.escape) return view.chosen ? dispatch({ type: 'escaped' }) : onDismiss();
    if (key.return) {
      if (!view.chosen) return dispatch({ type: 'entered' });
      if (!impact?.refused) onSwitch(routeClass, `${view.chosen.upstream}/${view.chosen.model}`);
      return;
    }
    if (key.upArrow) return dispatch({ type: 'moved', by: -1 });
    if (key.downArrow) return dispatch({ type: 'moved', by: 1 });
    if (key.tab) return dispatch({ type: 'class' });
    if (key.backspace || key.delete) return dispatch({ type: 'erased' });
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
  const matches = filterChoices(choices, view.filter);
  const refusedRows = view.refused === undefined ? 0 : 3;
  const listRows = Math.max(1, rows - 5 - refusedRows);
  const first = Math.max(0, Math.min(view.selected - listRows + 1, matches.length - listRows));
  return (
    <Frame
      title={`Switch ${routeClass}: ${view.filter}▏ ${matches.length} of ${choices.length}`}
      keys="type to filter · ↑↓ · Tab class · Enter chooses · Esc closes"
      cols={cols}
      rows={rows}
      theme={theme}
    >
      {matches.length === 0 ? <Text>No model matches.</Text> : <Text dimColor>{heading}</Text>}
      {matches.slice(first, first + listRows).map((choice, index) => (
        <Text
          key={`${choice.upstream}/${choice.model}`}
          wrap="truncate"
          inverse={first + index === view.selected}
          dimColor={choice.unavailable !== undefined}
        >
          {choiceLine(choice, current?.upstream === choice.upstream && current.model === choice.model)}
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

const columns = { name: 30, upstream: 10, window: 6, price: 13 } as const;

const heading = `  ${'model'.padEnd(columns.name)} ${'upstream'.padEnd(columns.upstream)} ${'window'.padStart(columns.window)}  ${'$/M in, out'.padEnd(columns.price)}`;

function choiceLine(choice: ModelChoice, current: boolean): string {
  const { price, costKind, contextWindow, quota, unlisted, unavailable } = choice;
  const rates = costKind === 'local' ? 'free' : price ? `${price.input}, ${price.output}` : '–';
  const facts = [
    unavailable === undefined ? (costKind === 'plan' ? 'plan' : '') : 'no login',
    quota === undefined ? '' : `used ${quota.replace(/ \(resets [^)]*\)/g, '')}`,
    unlisted ? 'no longer listed' : '',
  ];
  return `${current ? '•' : ' '} ${padRight(truncate(choice.name, columns.name), columns.name)} ${padRight(truncate(choice.upstream, columns.upstream), columns.upstream)} ${padLeft(compact(contextWindow), columns.window)}  ${padRight(rates, columns.price)} ${facts.filter(Boolean).join(' ')}`.trimEnd();
}
