/**
 * Repairs tool arguments against their schema. Models trained on strict schemas fill optional parameters with
 * `null` or `""`; Claude Code rejects both (`Read.pages: ""`). Only such optional values are removed. A required
 * value is never changed, and a key that the schema does not define is kept if the schema allows it.
 */
import { asArray, asObject, isObject, type JsonObject } from '../../wire/json.ts';

const typesOf = (schema: JsonObject): readonly unknown[] =>
  Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];

const alternativesOf = (schema: JsonObject): JsonObject[] =>
  [...asArray(schema.anyOf), ...asArray(schema.oneOf)].filter(isObject);

const constraints = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref', 'not'];

/** Whether the schema allows this exact value. The empty string must be listed explicitly. */
function allows(schema: unknown, value: null | ''): boolean {
  // A schema without constraints allows any value.
  if (!isObject(schema) || !constraints.some((key) => key in schema)) return schema !== false;
  if (asArray(schema.enum).includes(value) || schema.const === value) return true;
  if (Array.isArray(schema.allOf) && schema.allOf.every((part) => allows(part, value))) return true;
  if (value === null && typesOf(schema).includes('null')) return true;
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

export function repairArguments(value: JsonObject, schema: JsonObject): Repair {
  const dropped: string[] = [];
  const repaired = repairObject(value, schema, '$', dropped);
  return { value: dropped.length === 0 ? value : repaired, dropped };
}

function repairObject(value: JsonObject, schema: JsonObject, path: string, dropped: string[]): JsonObject {
  const properties = asObject(schema.properties);
  const required = asArray(schema.required);
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const isKnown = Object.hasOwn(properties, key);
    const memberSchema = asObject(isKnown ? properties[key] : undefined);
    const isRejected = !isKnown && schema.additionalProperties === false && !matchesPattern(schema, key);
    const isDroppable = !required.includes(key) && (isKnown || isRejected);
    const isEmpty = member === null || member === '';
    if (isDroppable && isEmpty && (isRejected || !allows(properties[key], member))) {
      dropped.push(`${path}.${key}`);
      continue;
    }
    // With defineProperty, a member called "__proto__" remains a member.
    Object.defineProperty(result, key, {
      value: repairValue(member, memberSchema, `${path}.${key}`, dropped),
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

function repairValue(value: unknown, schema: JsonObject, path: string, dropped: string[]): unknown {
  if (Array.isArray(value) && isObject(schema.items)) {
    const items = schema.items;
    return value.map((item, index) => repairValue(item, items, `${path}[${index}]`, dropped));
  }
  if (isObject(value) && isObject(schema.properties)) return repairObject(value, schema, path, dropped);
  return value;
}
