/** One line of the ledger: numbers and names only, never a prompt, a path or a tool argument. */
import type { Verdict } from '../errors/table.ts';
import type { TokenCounts } from '../models/tokens.ts';
import type { CostKind } from '../models/types.ts';
import type { RequestClass } from '../routing/classes.ts';
import { asNumber, asObject, asString, isObject, parseJson } from '../wire/json.ts';
import type { StreamHealth } from './health.ts';

export const ledgerVersion = 1;

export interface LedgerEntry extends TokenCounts {
  readonly version: number;
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly id: string;
  readonly session: string;
  /** The repository's remote as `host/owner/name`, or a hash of its path. */
  readonly repo: string;
  readonly requestClass: RequestClass;
  readonly upstream: string;
  readonly model: string;
  readonly verdict: Verdict;
  readonly stopReason: string;
  readonly errorCode: string;
  /** False: the tokens are an estimate, or none were counted. */
  readonly measured: boolean;
  /** Micro-dollars, `null` without a price. For `plan` it is the API equivalent. */
  readonly costMicroUsd: number | null;
  readonly costKind: CostKind;
  readonly health: StreamHealth;
}

export const encodeEntry = (entry: LedgerEntry): string => `${JSON.stringify(entry)}\n`;

/** What sums need from a line; foreign members are ignored. */
export interface LedgerRow extends TokenCounts {
  readonly time: string;
  readonly session: string;
  readonly repo: string;
  readonly upstream: string;
  readonly model: string;
  readonly measured: boolean;
  readonly costMicroUsd: number | undefined;
  readonly costKind: CostKind;
}

const isCostKind = (value: unknown): value is CostKind =>
  value === 'metered' || value === 'plan' || value === 'local' || value === 'unknown';

/** What no request can be is not counted: the file is anybody's. */
const count = (value: unknown): number => {
  const number = asNumber(value) ?? 0;
  return number > 0 && number < 1e12 ? number : 0;
};

/** Health is the last member and a quarter of a line; no sum needs it. A torn line does not end as a whole one does. */
function withoutHealth(line: string): string {
  const at = line.endsWith('}}') ? line.lastIndexOf(',"health":{') : -1;
  return at < 0 ? line : `${line.slice(0, at)}}`;
}

/** As it is written here; anything else is asked of the calendar. */
const isoTimePattern = /^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

const isTime = (text: string): boolean => isoTimePattern.test(text) || !Number.isNaN(Date.parse(text));

/** `undefined` for a torn or foreign line. */
export function readEntry(line: string): LedgerRow | undefined {
  const json = parseJson(withoutHealth(line));
  if (!isObject(json)) return undefined;
  const entry = asObject(json);
  const time = asString(entry.time);
  const model = asString(entry.model);
  if (time === undefined || model === undefined || !isTime(time)) return undefined;
  return {
    time,
    model,
    session: asString(entry.session) ?? '',
    repo: asString(entry.repo) ?? '',
    upstream: asString(entry.upstream) ?? '',
    inputTokens: count(entry.inputTokens),
    cacheReadTokens: count(entry.cacheReadTokens),
    cacheWriteTokens: count(entry.cacheWriteTokens),
    outputTokens: count(entry.outputTokens),
    reasoningTokens: count(entry.reasoningTokens),
    measured: entry.measured !== false,
    costMicroUsd: asNumber(entry.costMicroUsd) === undefined ? undefined : count(entry.costMicroUsd),
    costKind: isCostKind(entry.costKind) ? entry.costKind : 'unknown',
  };
}
