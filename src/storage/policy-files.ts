/**
 * The policy files: the system's at fixed paths, that of `CCP_MANAGED_POLICY`, the user's and the repository's. A file
 * that cannot be used is a problem, never as if it were missing.
 */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { LayerKind, PolicyLayer, PolicyOverride, PolicyProblem } from '../policy/policy.ts';
import type { Hash } from '../ports/randomness.ts';
import type { PolicyDocument } from '../settings/policy-schema.ts';
import { cleanText } from '../wire/clean-text.ts';
import { asNumber, asObject, asString, isObject, objectsOf, parseJson } from '../wire/json.ts';
import { writeAtomic } from './atomic-file.ts';
import { isMissing } from './lines.ts';

export interface PolicyPlaces {
  /** The system's policy; files of a folder `policy.d` beside it add layers. */
  readonly system: string;
  readonly managed: string | undefined;
  readonly user: string;
  /** That of the repository, and of the repositories around it. */
  readonly repositories: readonly string[];
}

interface PolicyFile {
  readonly kind: LayerKind;
  readonly path: string;
}

export interface ReadPolicy {
  readonly layers: readonly PolicyLayer[];
  readonly problems: readonly PolicyProblem[];
}

const maxBytes = 1024 * 1024;

/** @throws never: what cannot be read is a problem. */
export async function readPolicyFiles(places: PolicyPlaces, hash: Hash): Promise<ReadPolicy> {
  const { files, problems } = policyFiles(places);
  const read = await Promise.all(files.map((file) => readPolicyFile(file, hash)));
  return {
    layers: read.flatMap((one) => one?.layer ?? []),
    problems: [...problems, ...read.flatMap((one) => one?.problem ?? [])],
  };
}

/** Changes whenever a file or folder of the policy does. */
export function policyStamp(places: PolicyPlaces, ...others: readonly string[]): string {
  const { files, problems } = policyFiles(places);
  return [...files.map(({ path }) => path), ...others]
    .map(stampOf)
    .concat(problems.map(({ path }) => path))
    .join('\n');
}

function stampOf(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs, mode, uid } = statSync(path);
    return [path, ino, size, mtimeMs, ctimeMs, mode, uid].join(' ');
  } catch (thrown) {
    return `${path} ${thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''}`;
  }
}

function policyFiles({ system, managed, user, repositories }: PolicyPlaces): {
  files: PolicyFile[];
  problems: PolicyProblem[];
} {
  const folder = join(dirname(system), 'policy.d');
  const problems: PolicyProblem[] = [];
  let names: string[] = [];
  try {
    names = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (thrown) {
    if (!isMissing(thrown)) problems.push({ path: folder, message: `${reasonOf(thrown)}.` });
  }
  const files: PolicyFile[] = [
    { kind: 'system', path: system },
    ...names.map((name) => ({ kind: 'system' as const, path: join(folder, name) })),
    ...(managed === undefined ? [] : [{ kind: 'managed' as const, path: managed }]),
    { kind: 'user', path: user },
    ...repositories.map((path) => ({ kind: 'repository' as const, path })),
  ];
  return { files, problems };
}

async function readPolicyFile(
  { kind, path }: PolicyFile,
  hash: Hash,
): Promise<{ layer?: PolicyLayer; problem?: PolicyProblem } | undefined> {
  const problem = (message: string) => ({ problem: { path, message } });
  let text: string | undefined;
  try {
    text = readRegularFile(path);
  } catch (thrown) {
    // The file of the variable was named: it must exist.
    if (isMissing(thrown))
      return kind === 'managed' ? problem('CCP_MANAGED_POLICY names it, and it is missing.') : undefined;
    return problem(`${reasonOf(thrown)}.`);
  }
  if (text === undefined) return problem(`It is not a regular file of at most ${maxBytes / 1024 / 1024} MiB.`);
  const writable = kind === 'system' ? writableByUser(path) : undefined;
  if (writable !== undefined)
    return problem(
      `You can change ${writable}, so it is no policy of the system: give it to the administrator (mode 644).`,
    );
  const { isTooDeep, pathText, policyIssues } = await import('../settings/validate.ts');
  const json = isTooDeep(text) ? undefined : parseJson(text);
  if (!isObject(json)) return problem('It must be a JSON object; check it with `ccp policy check`.');
  const [issue] = policyIssues(json);
  if (issue) return problem(`${pathText(issue.path) || 'It'} ${issue.message}.`);
  // Just validated by the schema.
  const document: PolicyDocument = json as PolicyDocument;
  return { layer: { kind, path, hash: hash(text), document } };
}

/** @returns `undefined` when it is no regular file, or too large. @throws Error of the file system. */
function readRegularFile(path: string): string | undefined {
  // Without O_NONBLOCK, opening a FIFO waits for a writer.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = fstatSync(file);
    return found.isFile() && found.size <= maxBytes ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}

/** The file, or the folder in which it could be replaced, if the user who runs ccp can write to it. */
function writableByUser(path: string): string | undefined {
  // The superuser can write everywhere; what others can write is still no policy.
  const isWritable = process.getuid?.() === 0 ? isWritableByOthers : canWrite;
  const real = realpathSync(path);
  return [path, dirname(path), real, dirname(real)].find(isWritable);
}

/** The owner of a file can give itself the right to write. */
function canWrite(path: string): boolean {
  try {
    if (statSync(path).uid === process.getuid?.()) return true;
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const isWritableByOthers = (path: string): boolean => {
  const { uid, mode } = statSync(path);
  return uid !== 0 || (mode & 0o022) !== 0;
};

const reasonOf = (thrown: unknown): string => cleanText(thrown instanceof Error ? thrown.message : String(thrown), 300);

/** Denials that were lifted for a while. An entry of another form is none. */
export function readOverrides(path: string): PolicyOverride[] {
  try {
    return objectsOf(asObject(parseJson(readRegularFile(path) ?? '')).overrides).flatMap((entry) => {
      const [file, rule, until] = [asString(entry.path), asString(entry.rule), asNumber(entry.until)];
      if (file === undefined || rule === undefined || until === undefined) return [];
      const reason = cleanText(asString(entry.reason) ?? '', 500);
      return [{ path: file, rule, until, reason, hash: asString(entry.hash) ?? '' }];
    });
  } catch {
    return [];
  }
}

/** Adds one to those that are still in force. */
export function storeOverride(path: string, override: PolicyOverride, now: number): void {
  const others = readOverrides(path).filter(
    (one) => one.until > now && (one.path !== override.path || one.rule !== override.rule),
  );
  writeAtomic(path, `${JSON.stringify({ overrides: [...others, override] }, null, 2)}\n`);
}
