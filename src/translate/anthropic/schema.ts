/**
 * JSON Schemas of tools, made plain enough for upstreams that know a subset: references are written out, and the root is
 * one object with properties. The arguments that were valid before stay valid.
 */
import { asArray, asObject, asString, isObject, type JsonObject, objectsOf, own } from '../../wire/json.ts';

/** A schema that doubles itself at every reference is cut here: what is beyond accepts anything. */
const weightLimit = 10_000;
/** Characters of a text that weigh as much as a node. */
const textPerNode = 50;

const schemaMaps: readonly string[] = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies'];
/** Cut short, these would forbid what was allowed. */
const negating: readonly string[] = ['not', 'if', 'then', 'else'];
const schemaLists: readonly string[] = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const schemaMembers: readonly string[] = [
  'items',
  'additionalProperties',
  'additionalItems',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contains',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
];

/** The schema without `$ref`: each is replaced by what it points at; inside itself by its type alone. */
export function dereference(schema: JsonObject): JsonObject {
  if (!hasReference(schema)) return schema;
  const { $defs: _defs, definitions: _definitions, ...rest } = asObject(new Dereference(schema).walk(schema, []));
  return rest;
}

const hasReference = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.some(hasReference);
  return isObject(value) && (typeof value.$ref === 'string' || Object.values(value).some(hasReference));
};

class Dereference {
  readonly #root: JsonObject;
  #weight = 0;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  /** @param inside the references being written out, outermost first. */
  walk(node: unknown, inside: readonly string[]): unknown {
    if (Array.isArray(node)) return node.map((entry) => this.walk(entry, inside));
    if (!isObject(node)) return node;
    this.#weight += 1;
    if (this.#weight > weightLimit) return {};
    const reference = asString(node.$ref);
    if (reference === undefined) return this.#members(node, inside);
    const { $ref: _ref, ...siblings } = node;
    const target = asObject(at(this.#root, reference));
    const own = this.#members(siblings, inside);
    if (inside.includes(reference)) return { ...only(target, ['type', 'description']), ...own };
    return together(asObject(this.walk(target, [...inside, reference])), own);
  }

  /** Only what is a schema is walked: a parameter may be called "$ref", a default may hold anything. */
  #members(node: JsonObject, inside: readonly string[]): JsonObject {
    return Object.fromEntries(
      Object.entries(node)
        // Definitions are reached by their references.
        .filter(
          ([key, value]) =>
            key !== '$defs' && key !== 'definitions' && !(negating.includes(key) && hasReference(value)),
        )
        .map(([key, value]) => {
          if (schemaMaps.includes(key) && isObject(value)) return [key, this.#map(value, inside)];
          // A reference that is cut inside itself fits more than one variant.
          if (schemaLists.includes(key))
            return [
              key === 'oneOf' && !('anyOf' in node) ? 'anyOf' : key,
              asArray(value).map((entry) => this.walk(entry, inside)),
            ];
          if (schemaMembers.includes(key)) return [key, this.walk(value, inside)];
          this.#weight += weightOf(value);
          return [key, value];
        }),
    );
  }

  #map(schemas: JsonObject, inside: readonly string[]): JsonObject {
    return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, this.walk(schema, inside)]));
  }
}

/** What stands beside a reference holds as well as what it points at. */
function together(target: JsonObject, own: JsonObject): JsonObject {
  const shaping = ['properties', 'required', 'additionalProperties', 'patternProperties'].some((key) => key in own);
  return shaping ? both(own, target) : { ...target, ...own };
}

const weightOf = (value: unknown): number => {
  if (typeof value === 'string') return value.length / textPerNode;
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + 1 + weightOf(entry), 0);
  return isObject(value) ? 1 + weightOf(Object.values(value)) : 0;
};

/** Follows a pointer within the document; anything else points at nothing. */
function at(root: JsonObject, reference: string): unknown {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  return reference
    .slice(1)
    .split('/')
    .slice(1)
    .map((step) => decoded(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, step) => {
      if (Array.isArray(node)) return node[Number(step)];
      return isObject(node) ? own(node, step) : undefined;
    }, root);
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

const only = (schema: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => keys.includes(key)));

/** An object schema with `properties`, without `$schema` and without a union at its root. */
export function objectRoot(schema: JsonObject): JsonObject {
  const { $schema: _dialect, $id: _id, allOf, anyOf, oneOf, not: _not, enum: _enum, ...rest } = schema;
  const whole = objectsOf(allOf).map(objectRoot).reduce(both, objectOf(rest));
  return [anyOf, oneOf].map((variants) => objectsOf(variants).map(objectRoot)).reduce(oneOfThese, whole);
}

const objectOf = (schema: JsonObject): JsonObject => ({
  ...schema,
  type: 'object',
  properties: asObject(schema.properties),
});

function both(a: JsonObject, b: JsonObject): JsonObject {
  const required = [...new Set([...asArray(a.required), ...asArray(b.required)])];
  return {
    ...b,
    ...a,
    properties: { ...asObject(b.properties), ...asObject(a.properties) },
    ...(isObject(a.patternProperties) || isObject(b.patternProperties)
      ? { patternProperties: { ...asObject(b.patternProperties), ...asObject(a.patternProperties) } }
      : {}),
    ...(required.length > 0 ? { required } : {}),
    // What one side closes is open to what the other side names.
    ...(a.additionalProperties === false || b.additionalProperties === false ? { additionalProperties: true } : {}),
  };
}

/** Any variant's properties are allowed, what all of them require is required, and the words say what belongs together. */
function oneOfThese(base: JsonObject, variants: readonly JsonObject[]): JsonObject {
  if (variants.length === 0) return base;
  const properties = new Map<string, Map<string, unknown>>();
  for (const variant of variants) {
    for (const [name, schema] of Object.entries(asObject(variant.properties))) {
      const known = properties.get(name) ?? new Map<string, unknown>();
      properties.set(name, known.set(JSON.stringify(schema), schema));
    }
  }
  const merged = Object.fromEntries(
    [...properties].map(([name, schemas]) => {
      const [only, ...more] = schemas.values();
      return [name, more.length === 0 ? only : { anyOf: [only, ...more] }];
    }),
  );
  const shared = asArray(variants[0]?.required).filter((name) =>
    variants.every((variant) => asArray(variant.required).includes(name)),
  );
  const required = [...new Set([...asArray(base.required), ...shared])];
  const sets = variants.map((variant) => `{${Object.keys(asObject(variant.properties)).join(', ')}}`).join(' or ');
  const { additionalProperties, ...rest } = base;
  return {
    ...rest,
    description: [asString(base.description), `Give the properties of one of these sets: ${sets}.`]
      .filter((part) => part !== undefined)
      .join(' '),
    properties: { ...merged, ...asObject(base.properties) },
    ...(required.length > 0 ? { required } : {}),
    // A closed base would refuse what the variants bring.
    ...(additionalProperties === false || additionalProperties === undefined ? {} : { additionalProperties }),
  };
}
