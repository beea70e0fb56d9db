/** The meter in every state, at the sizes of the usual terminals, in each layout. */
import { describe, expect, it } from 'vitest';
import { Meter, meterTarget } from '../../components/meter/meter.tsx';
import type { MeterProps } from '../../components/meter/props.ts';
import { themeFor } from '../../components/theme.ts';
import { columnsOf } from '../../src/session/columns.ts';
import { geometryOf } from '../../src/terminal/layout.ts';
import { draw } from '../support/ink.tsx';
import { meterStates, noon } from '../support/meter-states.ts';

process.env.TZ = 'UTC';

const sizes = [
  [160, 45],
  [120, 40],
  [80, 24],
] as const;
const layouts = ['side', 'bottom', 'off'] as const;

const propsFor = (
  state: string,
  layout: (typeof layouts)[number],
  [cols, rows]: readonly [number, number],
): MeterProps => {
  const { meter } = geometryOf({ layout }, cols, rows);
  return {
    state: meterStates[state] ?? expect.fail(`no state ${state}`),
    sessionName: 's-heron',
    choices: [],
    prefixLabel: 'Ctrl+\\',
    layout,
    cols: meter?.cols ?? cols,
    rows: meter?.rows ?? 1,
    now: noon,
    notice: undefined,
    awaiting: false,
    theme: themeFor(false),
  };
};

async function rowsOf(props: MeterProps): Promise<string[]> {
  const screen = await draw(<Meter {...props} />, props.cols, props.rows);
  const rows = screen.rows();
  screen.close();
  return rows;
}

/** The text of the meter in one line, without its border. */
const flat = (rows: readonly string[]): string => rows.join(' ').replaceAll(/[│─\s]+/g, ' ');

describe.each(sizes)('at %i×%i', (...size) => {
  describe.each(layouts)('in the layout %s', (layout) => {
    it.each(Object.keys(meterStates))('%s fits, and has the model, the context and the cost', async (state) => {
      const props = propsFor(state, layout, size);
      const rows = await rowsOf(props);
      expect(rows).toHaveLength(props.rows);
      expect(rows.every((row) => columnsOf(row) <= props.cols)).toBe(true);
      const text = flat(rows);
      // At a limit, one row has room for the question alone.
      if (layout === 'off' && state === 'at a limit') return expect(text).toMatch(/plan limit.*Ctrl\+\\ w/);
      expect(text).toMatch(/(?:codex|openai|kimi)\/[\w.-]+/);
      expect(text).toMatch(/(?:context|ctx) (?:[\d.]+k|0|not known)/);
      expect(text).toMatch(state === 'empty' ? /no cost|cost none/ : state === 'metered' ? /\$0\.4/ : /≈ ?\$1\.8/);
    });
  });

  it('streaming shows the speed as a picture with its gaps, in every layout', async () => {
    for (const layout of layouts) {
      const text = flat(await rowsOf(propsFor('streaming', layout, size)));
      if (size[0] > 80) expect(text).toMatch(/[▁-█]{3,4}··[▁-█]{2,4}··/);
    }
  });

  it('a conversation that goes elsewhere has its mark in every layout, with the reason at the side', async () => {
    for (const layout of layouts) {
      const text = flat(await rowsOf(propsFor('elsewhere', layout, size)));
      expect(text).toMatch(/↪ kimi\/kimi-for-coding/);
      if (layout === 'side')
        expect(text).toContain('kimi/kimi-for-coding (plan): fallback: codex/gpt-5.5 cannot answer now');
    }
  });

  it('a request that ccp holds is held, and not slow', async () => {
    for (const layout of ['side', 'bottom'] as const)
      expect(flat(await rowsOf(propsFor('at a limit', layout, size)))).toMatch(/■ held.*held at the limit, not sent/);
  });

  it('the context after a compaction is not known yet', async () => {
    for (const layout of layouts)
      expect(flat(await rowsOf(propsFor('compacted', layout, size)))).toMatch(/(?:context|ctx) not known yet/);
  });

  it('the newest incident is whole, or ends with the key that shows it', async () => {
    for (const layout of layouts) {
      const text = flat(await rowsOf(propsFor('broken stream', layout, size)));
      if (layout === 'off' && size[0] === 80) continue;
      expect(text).toMatch(/The log has it as req_cut\.|Ctrl\+\\ i/);
    }
  });
});

describe('the side meter', () => {
  const at = (state: string, rows = 45) => rowsOf({ ...propsFor(state, 'side', [160, 45]), rows });

  it('shows the pace of a plan, and each limit with its reset', async () => {
    const text = flat(await at('idle'));
    expect(text).toContain('62 % resets 15:00');
    expect(text).toContain('used up at ≈13:13 at this pace');
    expect(text).toMatch(/week [▉-▏█]+░+ +41 % resets Mon 12:00/);
  });

  it('has budget bars that are not full before they are', async () => {
    const text = flat(await at('metered'));
    expect(text).toMatch(/budget session █+[▉-▏]? 99 % of \$5/);
    expect(text).not.toMatch(/budget session █{8} /);
    expect(text).toMatch(/budget month [▉-▏█░]+ ≈85 % of \$200/);
    expect(text).toContain('lasts ≈ 4d 0h at this pace');
  });

  it('names the last bad stream in words, at its time', async () => {
    expect(flat(await at('broken stream'))).toContain(
      '✗ 11:59 truncated: the stream ended before the answer was complete',
    );
  });

  it('omits the picture as a whole when there are too few rows', async () => {
    const [small, large] = [await at('idle', 24), await at('idle', 45)];
    expect(flat(large)).toMatch(/31 turns · hit rate 86 % · max 163k/);
    expect(small.some((row) => /turns ·|[█▒]{9}/.test(row) && !/[░┊]/.test(row))).toBe(false);
    expect(flat(small)).toContain('codex/gpt-5.5');
  });

  it('marks a cache miss, a switch and a compaction under their turns', async () => {
    const rows = await at('idle');
    const marks = rows.find((row) => /^│ +! +s +c$/.test(row));
    // The thirteenth request; two before it are of a subagent.
    expect(marks?.indexOf('!')).toBe(2 + 10);
  });

  it('pages to older turns', async () => {
    const props = { ...propsFor('idle', 'side', [120, 40]), cols: 32 };
    expect(flat(await rowsOf(props))).toContain('turns 3–31 of 31');
    expect(flat(await rowsOf({ ...props, turnsBack: 30 }))).toContain('turns 1–29 of 31');
  });

  it('shows every key that does something now after the prefix', async () => {
    const text = flat(await rowsOf({ ...propsFor('at a limit', 'side', [160, 45]), awaiting: true }));
    for (const key of ['w wait', 's switch', 'd requests', 'i incidents', 'l layout', '? help', 'q quit'])
      expect(text).toContain(key);
    expect(text).not.toContain('y/n');
    expect(flat(await rowsOf({ ...propsFor('empty', 'side', [160, 45]), awaiting: true }))).not.toMatch(
      /w wait|b back/,
    );
  });
});

describe('the keys after the prefix', () => {
  const keysIn = async (layout: 'bottom' | 'off', size: readonly [number, number], state = 'broken stream') =>
    flat(await rowsOf({ ...propsFor(state, layout, size), awaiting: true }));

  it('are all in the strip of an 80×24 terminal, in two rows', async () => {
    const text = await keysIn('bottom', [80, 24]);
    for (const key of ['s switch', 'd requests', 'i incidents', '[ history', '? help', 'q quit'])
      expect(text).toContain(key);
    expect(text).toContain('codex/gpt-5.5');
  });

  it('have the help in one row of any width', async () => {
    expect(await keysIn('off', [80, 24])).toMatch(/^ ?s switch .*\? help ?$/);
    expect(await keysIn('off', [40, 24])).toMatch(/^ ?s switch .*\? help ?$/);
    expect(await keysIn('off', [80, 24], 'at a limit')).toMatch(/^ ?w wait {1,2}1–3 other model .*\? help ?$/);
  });
});

describe('a narrow strip', () => {
  it('keeps help and quit when the keys have fewer rows than they need', async () => {
    const props = { ...propsFor('at a limit', 'bottom', [60, 15]), awaiting: true };
    expect(props.rows).toBe(3);
    const text = flat(await rowsOf(props));
    expect(text).toMatch(/w wait 1–3 other model .*\? help/);
  });

  it('shows an incident of the requests that are running, and not an older one', async () => {
    const { state } = propsFor('streaming', 'bottom', [80, 24]);
    const began = state.running[0]?.startedAt ?? expect.fail('nothing runs');
    for (const [at, isShown] of [
      [began, true],
      [began - 1, false],
    ] as const) {
      const incident = { at, id: 'req_1', message: 'The upstream was asked again.' };
      const props = { ...propsFor('streaming', 'bottom', [80, 24]), state: { ...state, incidents: [incident] } };
      expect(flat(await rowsOf(props)).includes(incident.message)).toBe(isShown);
    }
  });
});

it('a notice, or the keys, cover the last rows at the side, and the others stay where they are', async () => {
  const props = propsFor('metered', 'side', [120, 40]);
  const before = await rowsOf(props);
  for (const [more, shown] of [
    [{ notice: 'one two three four five six seven eight nine ten' }, /› one two/],
    [{ awaiting: true }, /\? help/],
  ] as const) {
    const rows = await rowsOf({ ...props, ...more });
    const first = rows.findIndex((row, at) => row !== before[at]);
    expect(rows).toHaveLength(before.length);
    expect(flat(rows.slice(first))).toMatch(shown);
    expect(before.length - first).toBeLessThanOrEqual(11);
  }
});

describe('a click', () => {
  const side = { ...propsFor('idle', 'side', [160, 45]), rows: 60 };

  it('finds what is in the row', async () => {
    const rows = await rowsOf(side);
    const targetAt = (pattern: RegExp) =>
      meterTarget(
        side,
        rows.findIndex((row) => pattern.test(row)),
      );
    expect(targetAt(/fast codex/)).toEqual({ type: 'switch', routeClass: 'fast' });
    expect(targetAt(/turns ·/)).toEqual({ type: 'turns' });
    expect(targetAt(/^│ streams/)).toEqual({ type: 'requests' });
    expect(targetAt(/! 11:14 main switched/)).toEqual({ type: 'incidents' });
    expect(targetAt(/✓ turn +121k/)).toEqual({ type: 'request', id: 'req_035' });
    expect(targetAt(/^│ context/)).toBeUndefined();
    expect(meterTarget(side, 99)).toBeUndefined();
  });

  it('counts the rows below the border of the strip', () => {
    const strip = propsFor('idle', 'bottom', [120, 40]);
    expect(meterTarget(strip, 0)).toBeUndefined();
    expect(meterTarget(strip, 1)).toEqual({ type: 'switch', routeClass: 'main' });
    expect(meterTarget(propsFor('idle', 'off', [80, 24]), 0)).toEqual({ type: 'switch', routeClass: 'main' });
  });
});
