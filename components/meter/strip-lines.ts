/** The meter as rows under the pane: three to six, or one. */
import { answeringRoute } from '../../src/session/answering-route.ts';
import { columnsOf, truncate, wrapText } from '../../src/session/columns.ts';
import { costText, usd } from '../../src/session/format.ts';
import type { SessionState } from '../../src/session/state.ts';
import { contextFacts, contextGauge, contextText } from './context.ts';
import { type Fact, fact, fitFacts } from './facts.ts';
import { newestIncident, wrappedIncident } from './incidents.ts';
import { line, type MeterLine, type Span, separator } from './line.ts';
import { limitsText } from './money.ts';
import { nowText, rateText, streamPicture } from './now.ts';
import type { MeterProps } from './props.ts';
import { questionText } from './questions.ts';
import { newestFirst, requestLine } from './request-line.ts';
import { turnsRow } from './session-picture.ts';
import { healthTexts, lastBadText, streamsLabel, verdictStrip } from './streams.ts';
import { sessionTokens } from './tokens.ts';
import { whichKeyRows } from './which-key.ts';
import { answeringName, elsewhereMark } from './who.ts';

const maxRequestLineCols = 60;
const shortIncidentCols = 24;
const [streamCols, gaugeCols, turnCols, verdictCols] = [24, 20, 24, 20];
/** Rows that a message may take from the list of requests. */
const maxMessageRows = 3;

const hintText = ({ prefixLabel, hint }: MeterProps): string => hint ?? `${prefixLabel} then ? for help`;

/** `≈$0.41`, `plan ≈$0.41`: the kinds of cost, as short as they are clear. */
function shortCost({ totals }: SessionState): string {
  const sign = totals.estimated > 0 ? '≈' : '';
  const { metered, plan, local, unknown } = totals.byKind;
  const texts = [
    metered === undefined ? '' : `${sign}${usd(totals.costMicroUsd.metered ?? 0)}`,
    plan === undefined
      ? ''
      : totals.costMicroUsd.plan === undefined
        ? 'plan'
        : `plan ≈${usd(totals.costMicroUsd.plan)}`,
    local === undefined ? '' : 'local',
    unknown === undefined ? '' : 'price ?',
  ];
  return texts.filter(Boolean).join(' + ') || 'no cost';
}

function contextFact(state: SessionState, rank: number): Fact {
  const { used, window, percent } = contextFacts(state);
  return fact(
    `context ${contextText(state)}`,
    rank,
    {},
    percent === '' ? `ctx ${used}` : `ctx ${used}/${window} ${percent}`,
  );
}

function nowFact(state: SessionState, now: number, rank: number): Fact {
  const { sign, words, elapsed, isHeld } = nowText(state, now);
  const text = `${sign} ${words}${elapsed === '' ? '' : ` ${elapsed}`}`;
  return fact(text, rank, { bold: true, tone: isHeld ? 'warn' : state.running.length > 0 ? 'good' : undefined });
}

const nameFact = (state: SessionState, rank: number): Fact =>
  fact(`ccp ${elsewhereMark(state)}${answeringName(state)}`, rank, { bold: true, tone: 'accent' });

const pictureFact = (spans: readonly Span[], rank: number): Fact => ({ spans, rank });

/** The rows of the meter under the pane. */
export function bottomLines(props: MeterProps): MeterLine[] {
  const { state, cols, now, sessionName } = props;
  const [width, rows] = [cols - 2, props.rows - 1];
  const switchTarget = { type: 'switch', routeClass: state.wall?.routeClass ?? 'main' } as const;
  const first: MeterLine = {
    spans: fitFacts(
      [
        nameFact(state, 1),
        fact(answeringRoute(state)?.costKind ?? '', 3, { dim: true }),
        nowFact(state, now, 2),
        pictureFact([{ text: streamPicture(state, now, streamCols), tone: 'output' }], 4),
        fact(rateText(state, now), 4),
        fact(nowText(state, now).detail, 3, {}, nowText(state, now).detail.split(separator)[0]),
        fact(sessionName, 7, { dim: true }),
      ],
      width,
    ),
    rank: 0,
    target: switchTarget,
  };
  const second: MeterLine = {
    spans: fitFacts(
      [
        contextFact(state, 1),
        pictureFact(contextGauge(state, gaugeCols), 4),
        fact(costText(state), 2, {}, shortCost(state)),
        fact(limitsText(state, now), 3),
        pictureFact(state.turns.length > 1 ? [{ text: 'turns ' }, ...turnsRow(state, turnCols)] : [], 5),
        fact(sessionTokens(state), 6),
      ],
      width,
    ),
    rank: 0,
    target: { type: 'turns' },
  };
  if (props.awaiting) {
    const keys = whichKeyRows(state, width, rows).map((text) => line(text, 0, { tone: 'accent', bold: true }));
    return [first, second].slice(0, Math.max(0, rows - keys.length)).concat(keys);
  }
  const message = messageLines(props, width, rows - 2);
  const listed = newestFirst(state).slice(0, Math.max(0, rows - 2 - message.length));
  return [
    first,
    second,
    ...message,
    ...listed.map((request) =>
      line(requestLine(request, Math.min(width, maxRequestLineCols)), 0, {}, { type: 'request', id: request.id }),
    ),
  ].slice(0, rows);
}

/** The notice, the question or the incident; else the health of the streams. */
function messageLines(props: MeterProps, width: number, rows: number): MeterLine[] {
  const { state, notice } = props;
  const available = Math.max(1, Math.min(maxMessageRows, rows));
  if (notice !== undefined)
    return wrapText(`› ${notice}`, width, available).map((text) => line(text, 0, { tone: 'accent' }));
  const question = questionText(props, width);
  if (question !== undefined) return [line(question, 0, { tone: 'bad', bold: true })];
  const incident = newestIncident(state);
  if (incident !== undefined) return incidentRows(incident, props, width, available);
  const bad = lastBadText(state);
  const strip = verdictStrip(state, verdictCols);
  return [
    {
      spans: fitFacts(
        [
          pictureFact([{ text: streamsLabel }, ...strip], 1),
          fact(hintText(props), 2, { dim: true }),
          ...(bad === undefined ? [] : [fact(bad, 4, { tone: 'bad' })]),
          ...healthTexts(state).map((text) => fact(text, 5)),
        ],
        width,
      ),
      rank: 0,
      target: { type: 'requests' },
    },
  ];
}

const incidentRows = (text: string, { prefixLabel }: MeterProps, width: number, rows: number): MeterLine[] =>
  wrappedIncident(text, prefixLabel, width, rows).map((row) => line(row, 0, { tone: 'warn' }, { type: 'incidents' }));

/** Shortened, an incident ends with the key that shows it whole. */
const incidentFact = (text: string, prefixLabel: string): Fact => {
  const key = prefixLabel === '' ? '' : ` ${prefixLabel} i`;
  return fact(text, 4, { tone: 'warn' }, `${truncate(text, shortIncidentCols)}${key}`);
};

/** The meter in one row. */
export function rowLine(props: MeterProps): MeterLine {
  const { state, cols, now, notice, awaiting } = props;
  const target = { type: 'switch', routeClass: state.wall?.routeClass ?? 'main' } as const;
  if (awaiting) return line(whichKeyRows(state, cols, 1)[0] ?? '', 0, { tone: 'accent', bold: true }, target);
  const message = notice === undefined ? questionText(props, cols) : truncate(`› ${notice}`, cols);
  if (message !== undefined && columnsOf(message) > cols / 2)
    return line(truncate(message, cols), 0, { tone: 'warn', bold: true }, target);
  const incident = newestIncident(state);
  return {
    spans: fitFacts(
      [
        ...(message === undefined ? [] : [fact(message, 0, { tone: 'warn', bold: true })]),
        nameFact(state, 1),
        nowFact(state, now, 2),
        contextFact(state, 3),
        fact(costText(state), 3, {}, shortCost(state)),
        // The kinds of cost are named with the costs, as soon as there are any.
        fact(state.totals.requests === 0 ? (answeringRoute(state)?.costKind ?? '') : '', 4, { dim: true }),
        fact(limitsText(state, now), 5),
        pictureFact([{ text: streamPicture(state, now, streamCols), tone: 'output' }], 6),
        ...(incident === undefined ? [] : [incidentFact(incident, props.prefixLabel)]),
        fact(sessionTokens(state), 8),
        fact(hintText(props), 6, { dim: true }),
      ],
      cols,
    ),
    rank: 0,
    target,
  };
}
