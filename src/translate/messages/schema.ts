/**
 * JSON Schemas of tools, made plain enough for upstreams that know a subset: references are written out, and the root is
 * one object with properties. The arguments that were valid before stay valid.
 */
import { asArray, asObject, asString, isObject, type JsonObject, objectsOf, own } from '../../wire/json.ts';

/** A schema that doubles itself at every reference is cut here: what is beyond accepts anything. */
const nodeLimit = 20_000;

const schemaMaps: readonly string[] = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'];
const schemaLists: readonly string[] = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const schemaMembers: readonly string[] = [
  'items',
  'additionalProperties',
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
  #nodes = 0;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  /** @param inside the references being written out, outermost first. */
  walk(node: unknown, inside: readonly string[]): unknown {
    if (!isObject(node)) return node;
    this.#nodes += 1;
    if (this.#nodes > nodeLimit) return {};
    const reference = asString(node.$ref);
    if (reference === undefined) return this.#members(node, inside);
    const { $ref: _ref, ...siblings } = node;
    const target = asObject(at(this.#root, reference));
    const own = this.#members(siblings, inside);
    if (inside.includes(reference)) return { ...only(target, ['type', 'description']), ...own };
    return { ...asObject(this.walk(target, [...inside, reference])), ...own };
  }

  /** Only what is a schema is walked: a parameter may be called "$ref", a default may hold anything. */
  #members(node: JsonObject, inside: readonly string[]): JsonObject {
    return Object.fromEntries(
      Object.entries(node)
        // Definitions are reached by their references.
        .filter(([key]) => key !== '$defs' && key !== 'definitions')
        .map(([key, value]) => {
          if (schemaMaps.includes(key) && isObject(value)) return [key, this.#map(value, inside)];
          if (schemaLists.includes(key)) return [key, asArray(value).map((entry) => this.walk(entry, inside))];
          return [key, schemaMembers.includes(key) ? this.walk(value, inside) : value];
        }),
    );
  }

  #map(schemas: JsonObject, inside: readonly string[]): JsonObject {
    return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, this.walk(schema, inside)]));
  }
}

/** Follows a pointer within the document; anything else points at nothing. */
function at(root: JsonObject, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined;
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
    ...(required.length > 0 ? { required } : {}),
    // What one side closes the other may open: closed is only what both close.
    ...(a.additionalProperties === false && b.additionalProperties !== false ? { additionalProperties: true } : {}),
  };
}

/** Any variant's properties are allowed, what all of them require is required, and the words say what belongs together. */
function oneOfThese(base: JsonObject, variants: readonly JsonObject[]): JsonObject {
  if (variants.length === 0) return base;
  const properties = new Map<string, unknown[]>();
  for (const variant of variants) {
    for (const [name, schema] of Object.entries(asObject(variant.properties))) {
      const known = properties.get(name) ?? [];
      if (!known.some((other) => JSON.stringify(other) === JSON.stringify(schema))) known.push(schema);
      properties.set(name, known);
    }
  }
  const merged = Object.fromEntries(
    [...properties].map(([name, schemas]) => [name, schemas.length === 1 ? schemas[0] : { anyOf: schemas }]),
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
