/** Validates settings against the schema. Issues contain the path, a readable message and similar names. */
import type { z } from 'zod';
import { nearNames } from '../models/near-names.ts';
import { asObject, isObject, type JsonObject, ownValue } from '../wire/json.ts';
import { policySchema } from './policy-schema.ts';
import { scalarSettings } from './scalars.ts';
import { objectSchemas, settingsSchema } from './schema.ts';
import { upstreamSettings } from './upstream-settings.ts';

export interface SettingsIssue {
  /** Member names and indices from the root of the file. */
  readonly path: readonly (string | number)[];
  /** A predicate about the value at the path, without the path. */
  readonly message: string;
}

/** Returns the issues of a settings file; empty when it is valid. */
export function settingsIssues(file: JsonObject): SettingsIssue[] {
  const forbidden = forbiddenNames(file, []);
  if (forbidden.length > 0) return forbidden;
  return schemaIssues(settingsSchema, file, {
    members: (path) => (path.length === 0 ? settingNames : membersAt(objectSchemas, path)),
    expected: (path) => (path.length === 1 ? expectedOf(String(path[0])) : undefined),
    unknown: (path) => (path.length === 0 ? 'is not a setting' : 'is not a member'),
  });
}

/** Returns the issues of a policy file; empty when it is valid. */
export function policyIssues(file: JsonObject): SettingsIssue[] {
  const forbidden = forbiddenNames(file, []);
  if (forbidden.length > 0) return forbidden;
  if (typeof file.version === 'number' && file.version > 1)
    return [{ path: ['version'], message: `is ${file.version}, which this version of ccp does not know` }];
  return schemaIssues(policySchema, file, {
    members: (path) => membersAt({ policy: policySchema }, ['policy', ...path]),
    expected: () => undefined,
    unknown: () => 'is not a member of a policy',
  });
}

type Path = readonly (string | number)[];

/** Words about a schema, for messages. */
interface SchemaWords {
  /** The member names that are valid at a path. */
  readonly members: (path: Path) => readonly string[];
  /** A phrase that follows "must". */
  readonly expected: (path: Path) => string | undefined;
  /** A predicate about a member that does not exist. */
  readonly unknown: (path: Path) => string;
}

function schemaIssues(schema: z.ZodType, file: JsonObject, words: SchemaWords): SettingsIssue[] {
  const checked = schema.safeParse(file);
  return checked.success ? [] : checked.error.issues.flatMap((issue) => readableIssues(issue, words));
}

/** The schema does not see a member of this name, and code that copies objects would not either. */
function forbiddenNames(value: unknown, path: readonly (string | number)[]): SettingsIssue[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => forbiddenNames(item, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === '__proto__'
      ? [{ path: [...path, key], message: 'is not a valid name' }]
      : forbiddenNames(member, [...path, key]),
  );
}

const maxDepth = 100;

/** Whether JSON text is nested deeper than a setting can be. Parsers and validators recurse, so it is checked first. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}

export const settingNames: readonly string[] = [
  ...Object.keys(scalarSettings),
  ...upstreamSettings.map(({ key }) => key),
  ...Object.keys(objectSchemas),
];

function readableIssues(issue: z.core.$ZodIssue, words: SchemaWords): SettingsIssue[] {
  const path = issue.path.flatMap((part) => (typeof part === 'symbol' ? [] : [part]));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownMember(key, path, words) }));
    case 'invalid_union':
      // The branch that matched deepest has the most specific issues.
      return branchIssues(issue.errors, path, words);
    case 'invalid_key':
      return [{ path, message: 'is not a name: lower-case letters, digits and hyphens, beginning with a letter' }];
    case 'custom':
      return [{ path, message: issue.message }];
    default: {
      const expects = words.expected(path);
      return [{ path, message: expects === undefined ? lowerFirst(issue.message) : `must ${expects}` }];
    }
  }
}

function branchIssues(
  branches: readonly (readonly z.core.$ZodIssue[])[],
  path: Path,
  words: SchemaWords,
): SettingsIssue[] {
  const best = [...branches].sort((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
  return best.flatMap((issue) => readableIssues({ ...issue, path: [...path, ...issue.path] }, words));
}

const depthOf = (issues: readonly z.core.$ZodIssue[]): number =>
  Math.max(0, ...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)));

function unknownMember(key: string, path: Path, { members, unknown }: SchemaWords): string {
  const near = nearNames(key, members(path));
  const what = unknown(path);
  return near.length === 0 ? what : `${what} (did you mean ${near.join(' or ')}?)`;
}

/** Member names that are valid at a path inside one of the schemas, from its JSON Schema. */
function membersAt(schemas: Readonly<Record<string, z.ZodType>>, path: Path): string[] {
  const [root, ...rest] = path;
  const schema = ownValue(schemas, String(root));
  if (schema === undefined) return [];
  let node: JsonObject = asObject(schema.toJSONSchema({ unrepresentable: 'any' }));
  for (const part of rest) {
    const next = asObject(node.properties)[String(part)] ?? node.additionalProperties ?? node.items;
    node = withMembers(asObject(next));
  }
  return Object.keys(asObject(node.properties));
}

/** Returns the object branch of a union, which is the branch with members. */
function withMembers(node: JsonObject): JsonObject {
  const branches = Array.isArray(node.anyOf) ? node.anyOf.map(asObject) : [];
  return branches.find(({ properties }) => properties !== undefined) ?? node;
}

const expectedOf = (key: string): string | undefined =>
  Object.entries(scalarSettings).find(([name]) => name === key)?.[1].expects ??
  upstreamSettings.find((row) => row.key === key)?.expects;

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** Formats a path as `upstreams.name.models[0].id`. */
export const pathText = (path: readonly (string | number)[]): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('')
    .replace(/[\x00-\x1f\x7f-\x9f]/g, '?')
    .slice(0, 200);
