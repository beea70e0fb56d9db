/**
 * The audit log: one JSON line for each decision that governance is about. Every line holds the hash of the one before,
 * so that a changed or removed line is found. Pure; `storage/audit-file` writes it.
 */
import type { Hash } from '../ports/randomness.ts';
import { asNumber, asString, isObject, parseJson } from '../wire/json.ts';

export type AuditType =
  | 'denial'
  | 'override'
  | 'switch'
  | 'fallback'
  | 'login'
  | 'logout'
  | 'policy_changed'
  | 'outbound_secret'
  /** The first line of a day: it names the last hash of the days before, also when they were removed. */
  | 'checkpoint';

/** What happened. No prompt, no path of a file in the repository, no credential. */
export interface AuditFacts {
  readonly type: AuditType;
  /** The rule, the models, the upstream, the reason: short texts by name. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** Who did it, and with what. */
export interface AuditOrigin {
  readonly user: string;
  readonly repo: string;
  /** Hash of the policy in force. */
  readonly policy: string;
  readonly version: string;
  readonly session: string | undefined;
}

export interface AuditLine extends AuditFacts, AuditOrigin {
  readonly sequence: number;
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly previous: string;
  readonly hash: string;
}

/** What the first line of all follows. */
export const noHash = '0'.repeat(64);

export function auditLine(content: Omit<AuditLine, 'hash'>, hash: Hash): AuditLine {
  return { ...content, hash: hash(content.previous + canonicalText(content)) };
}

/** The line's text without its hash: members in a fixed order. */
const canonicalText = ({
  sequence,
  time,
  type,
  details,
  user,
  repo,
  policy,
  version,
  session,
}: Omit<AuditLine, 'hash'>) =>
  JSON.stringify([
    sequence,
    time,
    type,
    Object.entries(details).sort(byName),
    user,
    repo,
    policy,
    version,
    session ?? '',
  ]);

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** Parses a line; `undefined` when it is not one of the audit log. */
export function readAuditLine(text: string): AuditLine | undefined {
  const json = parseJson(text);
  if (!isObject(json) || !isObject(json.details)) return undefined;
  const [sequence, time, previous, hash] = [
    asNumber(json.sequence),
    asString(json.time),
    asString(json.previous),
    asString(json.hash),
  ];
  if (sequence === undefined || time === undefined || previous === undefined || hash === undefined) return undefined;
  const details = Object.entries(json.details).filter(
    (entry): entry is [string, string | number] => typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return {
    sequence,
    time,
    type: (asString(json.type) ?? '') as AuditType,
    details: Object.fromEntries(details),
    user: asString(json.user) ?? '',
    repo: asString(json.repo) ?? '',
    policy: asString(json.policy) ?? '',
    version: asString(json.version) ?? '',
    session: asString(json.session),
    previous,
    hash,
  };
}

export interface AuditCheck {
  readonly lines: number;
  /** Hash of the last line; `undefined` without one. */
  readonly head: string | undefined;
  /** Number and fault of the first line that does not follow the one before. */
  readonly problem: { readonly line: number; readonly text: string } | undefined;
  /**
   * Where the expected hash is: the hash of a line, named by the first checkpoint because its line was removed by the
   * retention, or nowhere; `undefined` when none was expected.
   */
  readonly expectedHead: 'line' | 'removed' | 'missing' | undefined;
}

/** Recomputes the chain. @param expectedHead a hash that was exported earlier. */
export function checkAudit(texts: readonly string[], hash: Hash, expectedHead?: string): AuditCheck {
  let previous: AuditLine | undefined;
  let place: 'line' | 'removed' | 'missing' = 'missing';
  for (const [index, text] of texts.entries()) {
    const line = readAuditLine(text);
    const fault = line === undefined ? 'it is no line of an audit log' : faultOf(line, text, previous, hash);
    if (line === undefined || fault !== undefined) return result(previous, { line: index + 1, text: fault ?? '' });
    if (line.hash === expectedHead) place = 'line';
    else if (index === 0 && line.previous === expectedHead) place = 'removed';
    previous = line;
  }
  return result(previous, undefined);

  function result(last: AuditLine | undefined, problem: AuditCheck['problem']): AuditCheck {
    return {
      lines: texts.length,
      head: last?.hash,
      problem,
      expectedHead: expectedHead === undefined ? undefined : place,
    };
  }
}

function faultOf(line: AuditLine, text: string, previous: AuditLine | undefined, hash: Hash): string | undefined {
  // A member that the hash does not cover would make the text another one.
  if (auditLine(line, hash).hash !== line.hash || JSON.stringify(line) !== text) return 'it was changed';
  if (previous === undefined)
    return line.type === 'checkpoint' ? undefined : 'it does not begin with a checkpoint: lines before it were removed';
  if (line.previous === previous.hash && line.sequence === previous.sequence + 1) return undefined;
  return 'it does not follow the line before: lines were removed or exchanged';
}

/** What remains when days before `firstDay` (YYYY-MM-DD) are removed: the checkpoint of the first day that is kept leads on. */
export function withoutDaysBefore(firstDay: string, texts: readonly string[]): readonly string[] {
  const start = texts.findIndex((text) => {
    const line = readAuditLine(text);
    return line?.type === 'checkpoint' && line.time.slice(0, 10) >= firstDay;
  });
  return start < 0 ? texts : texts.slice(start);
}
