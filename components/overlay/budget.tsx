import { Text, useInput } from 'ink';
import { usd } from '../../src/session/receipt.ts';
import type { SessionState } from '../../src/session/state.ts';
import { type Theme, toned } from '../theme.ts';
import { Frame } from './frame.tsx';

const names = { session: 'for this session', day: 'for today', repository: 'for this repository today' } as const;

/** A budget is used up, and a turn waits for the answer. */
export function BudgetQuestion(props: {
  readonly state: SessionState;
  readonly cols: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly onAnswer: (allow: boolean) => void;
}) {
  const { state, cols, rows, theme, onAnswer } = props;
  useInput((input, key) => {
    if (input === 'y' || key.return) onAnswer(true);
    else if (input === 'n' || key.escape) onAnswer(false);
  });
  const { asking, budgets = [] } = state.spending ?? {};
  const budget = budgets.find(({ name }) => name === asking);
  return (
    <Frame
      title="The budget is used up"
      keys="y allows as much again · n stops new turns"
      cols={cols}
      rows={rows}
      theme={theme}
    >
      {budget ? (
        <Text {...toned(theme.warn)}>
          {usd(budget.spentMicroUsd)} of {usd(budget.limitMicroUsd)} {names[budget.name]} are spent.
        </Text>
      ) : null}
      <Text>A turn waits for your answer. Plans and local models cost nothing here.</Text>
    </Frame>
  );
}
