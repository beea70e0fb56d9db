/**
 * Repairs tool arguments against their schema. Models trained on strict schemas fill optional parameters with
 * `null` or `""`. Removed are only optional values: `null` where the schema does not allow it, and `""` where the schema
 * does not allow it or Claude Code's own tool is known to reject it. To a tool of an MCP server an empty string may mean
 * something, so it is always kept. A required value is never changed, and a key that the schema does not define is kept
 * if the schema allows it.
 */
import { asArray, asObject, isObject, type JsonObject, ownValue } from '../../wire/json.ts';

const typesOf = (schema: JsonObject): readonly unknown[] =>
  Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];

const alternativesOf = (schema: JsonObject): JsonObject[] =>
  [...asArray(schema.anyOf), ...asArray(schema.oneOf)].filter(isObject);

const constraints = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref', 'not'];

/** Optional strings of Claude Code's own tools that may be absent and must not be empty. Source: `docs/claude-code.md`. */
const neverEmpty: Readonly<Record<string, readonly string[]>> = {
  Read: ['pages'],
  Agent: ['subagent_type', 'model', 'name'],
  Task: ['subagent_type', 'model'],
};

const isServerTool = (tool: string): boolean => tool.startsWith('mcp__');

/** Whether the schema allows an empty string for a value of this type, without further constraints. */
const isFreeString = (schema: JsonObject): boolean =>
  typesOf(schema).includes('string') &&
  ['enum', 'const', 'pattern', 'format'].every((key) => !(key in schema)) &&
  !(typeof schema.minLength === 'number' && schema.minLength > 0);

/** Whether the schema allows this exact value. */
function allows(schema: unknown, value: null | ''): boolean {
  // A schema without constraints allows any value.
  if (!isObject(schema) || !constraints.some((key) => key in schema)) return schema !== false;
  if (asArray(schema.enum).includes(value) || schema.const === value) return true;
  if (Array.isArray(schema.allOf) && schema.allOf.every((part) => allows(part, value))) return true;
  if (value === null ? typesOf(schema).includes('null') : isFreeString(schema)) return true;
  return alternativesOf(schema).some((alternative) => allows(alternative, value));
}

/** True if arguments can be streamed as they arrive, because a repair could not remove anything. */
export function everyPropertyRequired(schema: JsonObject): boolean {
  const properties = asObject(schema.properties);
  const required = asArray(schema.required);
  if (alternativesOf(schema).length > 0 || schema.allOf !== undefined) return false;
  return Object.entries(properties).every(([key, property]) => required.includes(key) && isFlat(asObject(property)));
}

/** A nested object could contain optional members of its own. */
const isFlat = (schema: JsonObject): boolean =>
  schema.properties === undefined &&
  schema.items === undefined &&
  schema.$ref === undefined &&
  alternativesOf(schema).every(isFlat);

export interface Repair {
  readonly value: JsonObject;
  /** JSON paths of the removed members; empty if there are none. */
  readonly dropped: readonly string[];
}

/** @param tool the tool's name in Claude Code. */
export function repairArguments(value: JsonObject, schema: JsonObject, tool: string): Repair {
  const dropped: string[] = [];
  const repaired = repairObject(value, schema, '$', { tool, dropped });
  return { value: dropped.length === 0 ? value : repaired, dropped };
}

interface RepairContext {
  readonly tool: string;
  readonly dropped: string[];
}

function repairObject(value: JsonObject, schema: JsonObject, path: string, context: RepairContext): JsonObject {
  const { tool, dropped } = context;
  const properties = asObject(schema.properties);
  const required = asArray(schema.required);
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const isKnown = Object.hasOwn(properties, key);
    const memberSchema = asObject(isKnown ? properties[key] : undefined);
    const isRejected = !isKnown && schema.additionalProperties === false && !matchesPattern(schema, key);
    const isDroppable = !required.includes(key) && (isKnown || isRejected);
    const isEmpty = member === null || (member === '' && !isServerTool(tool));
    const isNeverEmpty = member === '' && path === '$' && ownValue(neverEmpty, tool)?.includes(key) === true;
    if (isDroppable && isEmpty && (isRejected || isNeverEmpty || !allows(properties[key], member))) {
      dropped.push(`${path}.${key}`);
      continue;
    }
    // With defineProperty, a member called "__proto__" remains a member.
    Object.defineProperty(result, key, {
      value: repairValue(member, memberSchema, `${path}.${key}`, context),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return result;
}

/** Whether a pattern of the schema matches the key. An invalid pattern matches every key. */
const matchesPattern = (schema: JsonObject, key: string): boolean =>
  Object.keys(asObject(schema.patternProperties)).some((pattern) => {
    try {
      return new RegExp(pattern, 'u').test(key);
    } catch {
      return true;
    }
  });

function repairValue(value: unknown, schema: JsonObject, path: string, context: RepairContext): unknown {
  if (Array.isArray(value) && isObject(schema.items)) {
    const items = schema.items;
    return value.map((item, index) => repairValue(item, items, `${path}[${index}]`, context));
  }
  if (isObject(value) && isObject(schema.properties)) return repairObject(value, schema, path, context);
  return value;
}
