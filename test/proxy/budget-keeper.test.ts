/** When a turn may be sent, what the user is asked, and what is published. Amounts are micro-dollars. */
import { describe, expect, it } from 'vitest';
import type { Budget, BudgetName, OnLimit } from '../../src/ledger/budget.ts';
import type { SpendingSums } from '../../src/ledger/spending.ts';
import { BudgetKeeper } from '../../src/proxy/budget-keeper.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { sampleSums } from '../support/samples.ts';
import { completedEvent, startedEvent } from '../support/session-events.ts';

const dollar = 1_000_000;
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Options {
  readonly allowances?: Partial<Record<BudgetName, number>>;
  readonly limits?: readonly Budget[];
  readonly spent?: number;
  readonly canAskUser?: boolean;
  readonly warnAtPercent?: number;
  readonly onLimit?: OnLimit;
}

function make({
  limits = [{ name: 'session', limitMicroUsd: 10 * dollar }],
  spent = 0,
  canAskUser = false,
  warnAtPercent = 80,
  onLimit = 'ask',
  allowances = {},
}: Options = {}) {
  const clock = new FakeClock();
  const events: SessionEvent[] = [];
  const today: { -readonly [Key in keyof SpendingSums]: SpendingSums[Key] } = {
    ...sampleSums({ planMicroUsd: 7 }),
  };
  const keeper = new BudgetKeeper(
    {
      money: {
        budgets: { limits, warnAtPercent, onLimit },
        spentMicroUsd: spent,
        allowances,
        canAskUser,
        spent: async () => ({ ...today }),
      },
      ports: { clock },
    } as unknown as ConstructorParameters<typeof BudgetKeeper>[0],
    (event) => events.push(event),
  );
  let next = 0;
  /** Admits a turn. @returns its state, which changes when the turn is admitted or refused. */
  const turn = (maxMicroUsd: number | undefined, { id = `r${next++}`, isExempt = false } = {}) => {
    const abort = new AbortController();
    const state = { id, is: 'waiting', abort, error: undefined as unknown };
    keeper.admit({ id, maxMicroUsd, isExempt, signal: abort.signal }).then(
      () => {
        state.is = 'admitted';
      },
      (error: unknown) => {
        state.is = 'refused';
        state.error = error;
      },
    );
    return state;
  };
  const end = (id: string, costMicroUsd: number, costKind: 'metered' | 'plan' = 'metered') =>
    keeper.onEvent(completedEvent(id, { costMicroUsd, costKind }));
  const warnings = () => events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  const asking = () => events.findLast((event) => event.type === 'spending')?.asking;
  return { keeper, clock, events, today, turn, end, warnings, asking };
}

describe('a turn', () => {
  it('is admitted without a budget, without a price, and as long as budgets have room', async () => {
    const without = make({ limits: [] }).turn(99 * dollar);
    const { turn } = make();
    const turns = [without, turn(undefined), turn(4 * dollar), turn(4 * dollar)];
    await settle();
    expect(turns.map(({ is }) => is)).toEqual(Array(4).fill('admitted'));
  });

  it('that could exceed the limit is admitted alone', async () => {
    const { turn } = make();
    const one = turn(99 * dollar);
    await settle();
    expect(one.is).toBe('admitted');
  });

  it('waits while others could use up the limit, and goes on when one of them has ended', async () => {
    const { turn, end } = make();
    const [one, two, three] = [turn(6 * dollar), turn(4 * dollar), turn(dollar)];
    await settle();
    expect([one.is, two.is, three.is]).toEqual(['admitted', 'admitted', 'waiting']);
    end(two.id, dollar);
    await settle();
    expect(three.is).toBe('admitted');
  });

  it('waits behind the one before it', async () => {
    const { turn, end } = make();
    const [one, two, three] = [turn(10 * dollar), turn(dollar), turn(dollar)];
    await settle();
    expect([one.is, two.is, three.is]).toEqual(['admitted', 'waiting', 'waiting']);
    end(one.id, 0);
    await settle();
    expect([two.is, three.is]).toEqual(['admitted', 'admitted']);
  });

  it('that moves to another candidate gives back what it had reserved', async () => {
    const { turn } = make();
    turn(10 * dollar, { id: 'same' });
    await settle();
    const waiting = turn(dollar);
    turn(dollar, { id: 'same' });
    await settle();
    expect(waiting.is).toBe('admitted');
    turn(10 * dollar, { id: 'free' });
    await settle();
    turn(undefined, { id: 'free' });
    await settle();
    const next = turn(dollar);
    await settle();
    expect(next.is).toBe('admitted');
  });

  it('that compacts is admitted at once, and its cost is reserved', async () => {
    const { turn, end } = make();
    turn(10 * dollar);
    const compaction = turn(5 * dollar, { isExempt: true });
    await settle();
    expect(compaction.is).toBe('admitted');
    end('r0', 9 * dollar);
    const waiting = turn(dollar);
    await settle();
    expect(waiting.is).toBe('waiting');
    end(compaction.id, 0);
    await settle();
    expect(waiting.is).toBe('admitted');
  });

  it('whose client has gone does not wait and does not hold others up', async () => {
    const { turn, end } = make();
    turn(10 * dollar);
    const [gone, next] = [turn(dollar), turn(dollar)];
    await settle();
    gone.abort.abort(new Error('gone'));
    await settle();
    expect(gone).toMatchObject({ is: 'refused', error: { message: 'gone' } });
    expect(next.is).toBe('waiting');
    end('r0', 0);
    await settle();
    expect(next.is).toBe('admitted');
    const before = make();
    const early = before.turn(dollar);
    early.abort.abort(new Error('gone before'));
    await settle();
    expect(early).toMatchObject({ is: 'refused', error: { message: 'gone before' } });
  });

  it('is refused when a budget is used up, with the amounts', async () => {
    const { turn, end } = make();
    end('before', 10 * dollar);
    const refused = turn(dollar);
    await settle();
    expect(refused.error).toMatchObject({
      code: 'budget_exceeded',
      message: expect.stringMatching(/^The budget of \$10\.00 .+ is used up \(\$10\.00 spent\)\.$/),
    });
  });

  it('without a price does not wait for the others', async () => {
    const { turn, end } = make();
    turn(10 * dollar);
    turn(dollar);
    const unmetered = turn(undefined);
    await settle();
    expect(unmetered.is).toBe('admitted');
    end('r0', 99 * dollar);
    const later = turn(undefined);
    await settle();
    expect(later.is).toBe('admitted');
  });

  it('is not refused because of what a plan covers', async () => {
    const { turn, end } = make();
    end('before', 99 * dollar, 'plan');
    const admitted = turn(dollar);
    await settle();
    expect(admitted.is).toBe('admitted');
  });
});

describe('the budgets', () => {
  const limits: Budget[] = [
    { name: 'session', limitMicroUsd: 10 * dollar },
    { name: 'day', limitMicroUsd: 20 * dollar },
    { name: 'repository', limitMicroUsd: 30 * dollar },
  ];

  it('are each compared with what is spent of them', async () => {
    const { keeper, today, end } = make({ limits, spent: dollar });
    Object.assign(today, { meteredMicroUsd: 2 * dollar, repositoryMicroUsd: 3 * dollar });
    end('r', dollar);
    await keeper.refresh();
    expect(keeper.views()).toEqual([
      {
        name: 'session',
        limitMicroUsd: 10 * dollar,
        spentMicroUsd: 2 * dollar,
        allowedMicroUsd: 0,
        isEstimated: false,
      },
      { name: 'day', limitMicroUsd: 20 * dollar, spentMicroUsd: 2 * dollar, allowedMicroUsd: 0, isEstimated: false },
      {
        name: 'repository',
        limitMicroUsd: 30 * dollar,
        spentMicroUsd: 3 * dollar,
        allowedMicroUsd: 0,
        isEstimated: false,
      },
    ]);
  });

  it('stop a turn when any of them is used up', async () => {
    const { turn, today } = make({ limits });
    today.repositoryMicroUsd = 30 * dollar;
    const refused = turn(dollar);
    await settle();
    expect(refused.error).toMatchObject({ message: expect.stringMatching(/^The budget of \$30\.00 /) });
  });

  it('hold a turn back when any of them could be used up', async () => {
    const { turn } = make({ limits });
    turn(10 * dollar);
    const waiting = turn(dollar);
    await settle();
    expect(waiting.is).toBe('waiting');
  });

  it('are published with what is spent today, after every request that ended', async () => {
    const { keeper, end, events, clock } = make();
    keeper.onEvent(startedEvent('r'));
    await settle();
    expect(events).toEqual([]);
    end('r', dollar);
    await settle();
    const at = clock.now();
    expect(events).toEqual([
      {
        type: 'spending',
        at,
        id: `spending_${at}`,
        today: { meteredMicroUsd: 0, planMicroUsd: 7, isEstimated: false },
        budgets: keeper.views(),
        asking: undefined,
      },
    ]);
  });

  it('warn once, near their end', async () => {
    const { end, warnings, events, clock } = make();
    end('a', 7.9 * dollar);
    await settle();
    expect(warnings()).toEqual([]);
    end('b', 0.1 * dollar);
    await settle();
    end('c', 0.5 * dollar);
    await settle();
    expect(warnings()).toEqual([expect.stringMatching(/^80 % of the budget .+ is spent \(\$8\.00 of \$10\.00\)$/)]);
    expect(events.find(({ type }) => type === 'warning')?.id).toBe(`budget_${clock.now()}`);
    const nothing = make({ limits: [{ name: 'session', limitMicroUsd: 0 }] });
    await nothing.keeper.refresh();
    expect(nothing.warnings()).toEqual([expect.stringMatching(/^100 % of the budget /)]);
  });

  it('of a day warn again on the next day', async () => {
    const { keeper, today, warnings } = make({ limits });
    Object.assign(today, { meteredMicroUsd: 19 * dollar });
    await keeper.refresh();
    await keeper.refresh();
    expect(warnings()).toHaveLength(1);
    today.day = '2026-11-21';
    await keeper.refresh();
    expect(warnings()).toHaveLength(2);
  });
});

describe('budgets of a week and of a month', () => {
  const limits: Budget[] = [
    { name: 'week', limitMicroUsd: 20 * dollar },
    { name: 'month', limitMicroUsd: 50 * dollar },
  ];

  it('stop a turn when one of them is used up, and say which', async () => {
    const { turn, today } = make({ limits });
    Object.assign(today, { weekMicroUsd: 20 * dollar, monthMicroUsd: 49 * dollar });
    const ofWeek = turn(dollar);
    await settle();
    expect(ofWeek.error).toMatchObject({
      message: 'The budget of $20.00 for this week is used up ($20.00 spent).',
    });
    Object.assign(today, { weekMicroUsd: 0, monthMicroUsd: 50 * dollar });
    const ofMonth = turn(dollar);
    await settle();
    expect(ofMonth.error).toMatchObject({
      message: 'The budget of $50.00 for this month is used up ($50.00 spent).',
    });
  });

  it('are marked as estimated by the entries of their own period', async () => {
    const { keeper, today } = make({ limits: [...limits, { name: 'day', limitMicroUsd: dollar }] });
    today.isMonthEstimated = true;
    await keeper.refresh();
    expect(keeper.views().map(({ isEstimated }) => isEstimated)).toEqual([false, true, false]);
    today.isWeekEstimated = true;
    await keeper.refresh();
    expect(keeper.views().map(({ isEstimated }) => isEstimated)).toEqual([true, true, false]);
    today.isEstimated = true;
    await keeper.refresh();
    expect(keeper.views().map(({ isEstimated }) => isEstimated)).toEqual([true, true, true]);
  });

  it('keep what was allowed beyond them until their own period ends', async () => {
    const { keeper, today } = make({ limits, allowances: { week: dollar, month: 2 * dollar } });
    const allowed = async () => {
      await keeper.refresh();
      return keeper.views().map(({ allowedMicroUsd }) => allowedMicroUsd / dollar);
    };
    expect(await allowed()).toEqual([1, 2]);
    today.day = 'the next day';
    expect(await allowed()).toEqual([1, 2]);
    today.week = 'the next week';
    expect(await allowed()).toEqual([0, 2]);
    today.month = 'the next month';
    expect(await allowed()).toEqual([0, 0]);
  });
});

describe('the question whether more may be spent', () => {
  const exhausted = async (more: Options = {}) => {
    const world = make({ canAskUser: true, ...more });
    world.end('before', 10 * dollar);
    await settle();
    return world;
  };

  it('is asked once for all turns, and a yes admits them', async () => {
    const { keeper, turn, asking, clock } = await exhausted();
    const [one, two] = [turn(dollar), turn(dollar)];
    await settle();
    expect([one.is, two.is, asking()]).toEqual(['waiting', 'waiting', 'session']);
    expect(clock.pending).toBe(1);
    keeper.answer(true);
    await settle();
    expect([one.is, two.is, asking()]).toEqual(['admitted', 'admitted', undefined]);
    expect(clock.pending).toBe(0);
    // The amount can be spent once more.
    expect(keeper.views()).toMatchObject([
      { limitMicroUsd: 20 * dollar, spentMicroUsd: 10 * dollar, allowedMicroUsd: 10 * dollar },
    ]);
  });

  it('is asked again when that is used up too', async () => {
    const { keeper, turn, end, asking } = await exhausted();
    const one = turn(dollar);
    await settle();
    keeper.answer(true);
    await settle();
    end(one.id, 10 * dollar);
    const two = turn(dollar);
    await settle();
    expect([two.is, asking()]).toEqual(['waiting', 'session']);
  });

  it('answered with no refuses the turns and those that follow, until the answer is yes', async () => {
    const { keeper, turn, asking } = await exhausted();
    const one = turn(dollar);
    await settle();
    keeper.answer(false);
    await settle();
    expect(one.error).toMatchObject({ message: expect.stringMatching(/ spent\), and you did not allow more\.$/) });
    const two = turn(dollar);
    await settle();
    expect([two.is, asking()]).toEqual(['refused', undefined]);
    keeper.answer(true);
    const three = turn(dollar);
    await settle();
    expect(three.is).toBe('admitted');
  });

  it('may be answered with no before it is asked', async () => {
    const { keeper, turn } = await exhausted();
    keeper.answer(false);
    const refused = turn(dollar);
    await settle();
    expect(refused.error).toMatchObject({ message: expect.stringContaining('you did not allow more') });
  });

  it('is about the budget that is used up, and a yes raises only that one', async () => {
    const limits: Budget[] = [
      { name: 'session', limitMicroUsd: 50 * dollar },
      { name: 'day', limitMicroUsd: 10 * dollar },
      { name: 'repository', limitMicroUsd: 0.5 * dollar },
    ];
    const { keeper, turn, today, asking } = make({ canAskUser: true, limits });
    today.meteredMicroUsd = 12 * dollar;
    const one = turn(dollar);
    await settle();
    expect(asking()).toBe('day');
    keeper.answer(true);
    await settle();
    expect(one.is).toBe('admitted');
    const raised = [50 * dollar, 22 * dollar, 0.5 * dollar];
    expect(keeper.views().map(({ limitMicroUsd }) => limitMicroUsd)).toEqual(raised);
    today.meteredMicroUsd = 23 * dollar;
    await keeper.refresh();
    keeper.answer(true);
    expect(keeper.views().map(({ limitMicroUsd }) => limitMicroUsd)).toEqual([50 * dollar, 33 * dollar, 0.5 * dollar]);
  });

  it('is not asked about a budget of nothing beside another one', async () => {
    const limits: Budget[] = [
      { name: 'session', limitMicroUsd: 10 * dollar },
      { name: 'day', limitMicroUsd: 0 },
    ];
    const { turn, asking } = make({ canAskUser: true, limits });
    const one = turn(dollar);
    await settle();
    expect([one.is, asking()]).toEqual(['refused', undefined]);
  });

  it('without an answer for ten minutes refuses the turn, and is asked again', async () => {
    const { turn, clock, asking } = await exhausted();
    const one = turn(dollar);
    await settle();
    clock.advance(10 * 60_000 - 1);
    await settle();
    expect(one.is).toBe('waiting');
    clock.advance(1);
    await settle();
    expect(one.error).toMatchObject({ message: expect.stringMatching(/ spent\)\.$/) });
    expect(asking()).toBeUndefined();
    const two = turn(dollar);
    await settle();
    expect([two.is, asking()]).toEqual(['waiting', 'session']);
  });

  it('is withdrawn when no turn waits for it any more', async () => {
    const { turn, asking, clock } = await exhausted();
    const one = turn(dollar);
    await settle();
    one.abort.abort(new Error('gone'));
    await settle();
    expect([one.is, asking(), clock.pending]).toEqual(['refused', undefined, 0]);
  });

  it('may be answered before it is asked', async () => {
    const { keeper, turn, events } = await exhausted();
    const before = events.length;
    keeper.answer(true);
    expect(events.slice(before)).toMatchObject([{ type: 'spending', budgets: [{ limitMicroUsd: 20 * dollar }] }]);
    const one = turn(dollar);
    await settle();
    expect(one.is).toBe('admitted');
    const intact = make({ canAskUser: true });
    intact.keeper.answer(true);
    expect(intact.keeper.views()).toMatchObject([{ limitMicroUsd: 10 * dollar }]);
    intact.keeper.answer(false);
    expect(intact.events).toHaveLength(1);
  });

  it('is not asked about a budget of nothing, nor without a user', async () => {
    const nothing = make({ canAskUser: true, limits: [{ name: 'session', limitMicroUsd: 0 }] });
    const one = nothing.turn(dollar);
    await settle();
    expect([one.is, nothing.asking()]).toEqual(['refused', undefined]);
    const alone = await exhausted({ canAskUser: false });
    const two = alone.turn(dollar);
    await settle();
    expect([two.is, alone.asking()]).toEqual(['refused', undefined]);
  });

  it.each(['stop', 'switch'] as const)(
    'is not asked where the setting says %s, and a yes still raises the budget',
    async (onLimit) => {
      const { keeper, turn, asking } = await exhausted({ onLimit });
      const one = turn(dollar);
      await settle();
      expect([one.is, asking()]).toEqual(['refused', undefined]);
      keeper.answer(true);
      const two = turn(dollar);
      await settle();
      expect(two.is).toBe('admitted');
    },
  );

  it('is forgotten with its warning on the next day', async () => {
    const limits: Budget[] = [{ name: 'day', limitMicroUsd: 10 * dollar }];
    const { keeper, today, turn } = make({ canAskUser: true, limits });
    today.meteredMicroUsd = 10 * dollar;
    const one = turn(dollar);
    await settle();
    keeper.answer(true);
    await settle();
    expect(one.is).toBe('admitted');
    expect(keeper.views()).toMatchObject([{ limitMicroUsd: 20 * dollar }]);
    await keeper.refresh();
    expect(keeper.views()).toMatchObject([{ limitMicroUsd: 20 * dollar }]);
    today.day = '2026-11-21';
    await keeper.refresh();
    expect(keeper.views()).toMatchObject([{ limitMicroUsd: 10 * dollar }]);
  });
});

describe('what the user allowed before a restart of the proxy', () => {
  it('is part of the limits, and ends with the day', async () => {
    const { keeper, today } = make({
      limits: [
        { name: 'session', limitMicroUsd: 10 * dollar },
        { name: 'day', limitMicroUsd: 20 * dollar },
      ],
      spent: 12 * dollar,
      allowances: { session: 10 * dollar, day: 5 * dollar },
    });
    await keeper.refresh();
    expect(keeper.views()).toMatchObject([
      { name: 'session', limitMicroUsd: 20 * dollar, spentMicroUsd: 12 * dollar, allowedMicroUsd: 10 * dollar },
      { name: 'day', limitMicroUsd: 25 * dollar, allowedMicroUsd: 5 * dollar },
    ]);
    today.day = '2026-11-21';
    await keeper.refresh();
    expect(keeper.views()).toMatchObject([{ allowedMicroUsd: 10 * dollar }, { allowedMicroUsd: 0 }]);
  });
});
