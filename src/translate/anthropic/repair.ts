/**
 * Repairs tool arguments against their schema. Models trained on strict schemas fill optional parameters with
 * `null` or `""`; Claude Code rejects both (`Read.pages: ""`). Only such optional values are dropped: a required
 * value is never touched, and a key the schema does not know stays when the schema allows it.
 */
import { asArray, asObject, isObject, type JsonObject } from '../../wire/json.ts';

const typesOf = (schema: JsonObject): readonly unknown[] =>
  Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];

const alternativesOf = (schema: JsonObject): JsonObject[] =>
  [...asArray(schema.anyOf), ...asArray(schema.oneOf)].filter(isObject);

const constraints = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref', 'not'];

/** Whether the schema lets this very value through; the empty string only by name. */
function allows(schema: unknown, value: null | ''): boolean {
  // Without a word about values any is legal.
  if (!isObject(schema) || !constraints.some((key) => key in schema)) return schema !== false;
  if (asArray(schema.enum).includes(value) || schema.const === value) return true;
  if (Array.isArray(schema.allOf) && schema.allOf.every((part) => allows(part, value))) return true;
  if (value === null && typesOf(schema).includes('null')) return true;
  return alternativesOf(schema).some((alternative) => allows(alternative, value));
}

/** True when arguments may stream as they come: there is nothing a repair could drop. */
export function everyPropertyRequired(schema: JsonObject): boolean {
  const properties = asObject(schema.properties);
  const required = asArray(schema.required);
  if (alternativesOf(schema).length > 0 || schema.allOf !== undefined) return false;
  return Object.entries(properties).every(([key, property]) => required.includes(key) && isFlat(asObject(property)));
}

/** A nested object could hide optional members of its own. */
const isFlat = (schema: JsonObject): boolean =>
  schema.properties === undefined &&
  schema.items === undefined &&
  schema.$ref === undefined &&
  alternativesOf(schema).every(isFlat);

export interface Repair {
  readonly value: JsonObject;
  /** JSON paths of what was dropped; empty when nothing was. */
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
    const known = Object.hasOwn(properties, key);
    const memberSchema = asObject(known ? properties[key] : undefined);
    const refused = !known && schema.additionalProperties === false && !matchesPattern(schema, key);
    const droppable = !required.includes(key) && (known || refused);
    const empty = member === null || member === '';
    if (droppable && empty && (refused || !allows(properties[key], member))) {
      dropped.push(`${path}.${key}`);
      continue;
    }
    // defineProperty keeps a member called "__proto__" a member.
    Object.defineProperty(result, key, {
      value: repairValue(member, memberSchema, `${path}.${key}`, dropped),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return result;
}

/** A key that a pattern of the schema names; a pattern that cannot be read names every key. */
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
