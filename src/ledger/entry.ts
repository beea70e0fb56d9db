/** One line of the ledger: numbers and names only, never a prompt, a path or a tool argument. */
import type { Verdict } from '../errors/table.ts';
import type { TokenCounts } from '../models/tokens.ts';
import type { CostKind } from '../models/types.ts';
import type { RequestClass } from '../routing/classes.ts';
import { cleanText } from '../wire/clean-text.ts';
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
  /** An attempt that broke off and was repeated. The request has a line of its own. */
  readonly repeated?: true;
  /** False when the tokens are an estimate or were not counted. */
  readonly measured: boolean;
  /** Micro-dollars; `null` without a price. For `plan`, the API list price. */
  readonly costMicroUsd: number | null;
  readonly costKind: CostKind;
  readonly health: StreamHealth;
}

export const encodeEntry = (entry: LedgerEntry): string => `${JSON.stringify(entry)}\n`;

/** The fields of a line that sums use; other fields are ignored. */
export interface LedgerRow extends TokenCounts {
  readonly time: string;
  /** The class of the request; empty when the line does not name it. */
  readonly requestClass: string;
  readonly session: string;
  readonly repo: string;
  readonly upstream: string;
  readonly model: string;
  readonly measured: boolean;
  readonly costMicroUsd: number | undefined;
  readonly costKind: CostKind;
  readonly repeated: boolean;
  /** Requests that the line stands for: one, or those of a day that was rolled up. */
  readonly requests: number;
}

const isCostKind = (value: unknown): value is CostKind =>
  value === 'metered' || value === 'plan' || value === 'local' || value === 'unknown';

/** Returns 0 for values that no request can have: the file may have been edited by other programs. */
const readCount = (value: unknown): number => {
  const number = asNumber(value) ?? 0;
  return number > 0 && number < 1e12 ? number : 0;
};

/** Removes `health`, the last member and a quarter of a line, which no sum uses. A truncated line is left unchanged. */
function withoutHealth(line: string): string {
  const healthIndex = line.endsWith('}}') ? line.lastIndexOf(',"health":{') : -1;
  return healthIndex < 0 ? line : `${line.slice(0, healthIndex)}}`;
}

/** The format that ccp writes. Other formats are checked with `Date.parse`. */
const isoTimePattern = /^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

const isTime = (text: string): boolean => isoTimePattern.test(text) || !Number.isNaN(Date.parse(text));

/** Parses a ledger line; `undefined` for a truncated or foreign line. */
export function readEntry(line: string): LedgerRow | undefined {
  const json = parseJson(withoutHealth(line));
  if (!isObject(json)) return undefined;
  const entry = asObject(json);
  const time = asString(entry.time);
  const model = asString(entry.model);
  if (time === undefined || model === undefined || !isTime(time)) return undefined;
  return {
    time,
    requestClass: cleanText(asString(entry.requestClass) ?? '', 40),
    model: cleanText(model),
    session: cleanText(asString(entry.session) ?? ''),
    repo: cleanText(asString(entry.repo) ?? ''),
    upstream: cleanText(asString(entry.upstream) ?? ''),
    inputTokens: readCount(entry.inputTokens),
    cacheReadTokens: readCount(entry.cacheReadTokens),
    cacheWriteTokens: readCount(entry.cacheWriteTokens),
    outputTokens: readCount(entry.outputTokens),
    reasoningTokens: readCount(entry.reasoningTokens),
    measured: entry.measured !== false,
    costMicroUsd: asNumber(entry.costMicroUsd) === undefined ? undefined : readCount(entry.costMicroUsd),
    costKind: isCostKind(entry.costKind) ? entry.costKind : 'unknown',
    repeated: entry.repeated === true,
    requests: entry.rolledUp === true ? readCount(entry.requests) : 1,
  };
}
