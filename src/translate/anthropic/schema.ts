/**
 * Simplifies the JSON Schemas of tools for upstreams that support a subset: references are inlined, and the root is one
 * object with properties. Arguments that were valid before remain valid.
 */
import { asArray, asObject, asString, isObject, type JsonObject, objectsOf, ownValue } from '../../wire/json.ts';

/** A schema that doubles at every reference is truncated at this weight. The truncated parts accept anything. */
const weightLimit = 10_000;
/** Characters of text that weigh as much as one node. */
const charactersPerNode = 50;

const schemaMaps: readonly string[] = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies'];
/** Truncating these would forbid values that were allowed. */
const negatingMembers: readonly string[] = ['not', 'if', 'then', 'else'];
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

/** Replaces each `$ref` by its target, and a recursive one by the type and description of its target. */
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

  /** @param openReferences the references being inlined, outermost first. */
  walk(node: unknown, openReferences: readonly string[]): unknown {
    if (Array.isArray(node)) return node.map((entry) => this.walk(entry, openReferences));
    if (!isObject(node)) return node;
    this.#weight += 1;
    if (this.#weight > weightLimit) return {};
    const reference = asString(node.$ref);
    if (reference === undefined) return this.#members(node, openReferences);
    const { $ref: _ref, ...siblings } = node;
    const target = asObject(resolvePointer(this.#root, reference));
    const siblingSchema = this.#members(siblings, openReferences);
    if (openReferences.includes(reference)) return { ...pick(target, ['type', 'description']), ...siblingSchema };
    return mergeSiblings(asObject(this.walk(target, [...openReferences, reference])), siblingSchema);
  }

  /** Walks only members that are schemas: a parameter may be called "$ref", and a default may contain anything. */
  #members(node: JsonObject, openReferences: readonly string[]): JsonObject {
    return Object.fromEntries(
      Object.entries(node)
        // Definitions are inlined at their references.
        .filter(
          ([key, value]) =>
            key !== '$defs' && key !== 'definitions' && !(negatingMembers.includes(key) && hasReference(value)),
        )
        .map(([key, value]) => {
          if (schemaMaps.includes(key) && isObject(value)) return [key, this.#map(value, openReferences)];
          // A truncated recursive reference matches more than one variant.
          if (schemaLists.includes(key))
            return [
              key === 'oneOf' && !('anyOf' in node) ? 'anyOf' : key,
              asArray(value).map((entry) => this.walk(entry, openReferences)),
            ];
          if (schemaMembers.includes(key)) return [key, this.walk(value, openReferences)];
          this.#weight += weightOf(value);
          return [key, value];
        }),
    );
  }

  #map(schemas: JsonObject, openReferences: readonly string[]): JsonObject {
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, this.walk(schema, openReferences)]),
    );
  }
}

/** Members next to a reference apply in addition to its target. */
function mergeSiblings(target: JsonObject, siblings: JsonObject): JsonObject {
  const changesShape = ['properties', 'required', 'additionalProperties', 'patternProperties'].some(
    (key) => key in siblings,
  );
  return changesShape ? mergeSchemas(siblings, target) : { ...target, ...siblings };
}

const weightOf = (value: unknown): number => {
  if (typeof value === 'string') return value.length / charactersPerNode;
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + 1 + weightOf(entry), 0);
  return isObject(value) ? 1 + weightOf(Object.values(value)) : 0;
};

/** Resolves a pointer within the document. Any other reference resolves to `undefined`. */
function resolvePointer(root: JsonObject, reference: string): unknown {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  return reference
    .slice(1)
    .split('/')
    .slice(1)
    .map((step) => decodeStep(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, step) => {
      if (Array.isArray(node)) return node[Number(step)];
      return isObject(node) ? ownValue(node, step) : undefined;
    }, root);
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

const pick = (schema: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => keys.includes(key)));

/** Converts to an object schema with `properties`, without `$schema` and without a union at its root. */
export function objectRoot(schema: JsonObject): JsonObject {
  const { $schema: _dialect, $id: _id, allOf, anyOf, oneOf, not: _not, enum: _enum, ...rest } = schema;
  const merged = objectsOf(allOf).map(objectRoot).reduce(mergeSchemas, asObjectSchema(rest));
  return [anyOf, oneOf].map((variants) => objectsOf(variants).map(objectRoot)).reduce(mergeVariants, merged);
}

const asObjectSchema = (schema: JsonObject): JsonObject => ({
  ...schema,
  type: 'object',
  properties: asObject(schema.properties),
});

function mergeSchemas(a: JsonObject, b: JsonObject): JsonObject {
  const required = [...new Set([...asArray(a.required), ...asArray(b.required)])];
  return {
    ...b,
    ...a,
    properties: { ...asObject(b.properties), ...asObject(a.properties) },
    ...(isObject(a.patternProperties) || isObject(b.patternProperties)
      ? { patternProperties: { ...asObject(b.patternProperties), ...asObject(a.patternProperties) } }
      : {}),
    ...(required.length > 0 ? { required } : {}),
    // A closed side must accept the properties of the other side.
    ...(a.additionalProperties === false || b.additionalProperties === false ? { additionalProperties: true } : {}),
  };
}

/** Allows the properties of every variant and requires what all variants require. The description lists the sets. */
function mergeVariants(base: JsonObject, variants: readonly JsonObject[]): JsonObject {
  if (variants.length === 0) return base;
  const properties = new Map<string, Map<string, unknown>>();
  for (const variant of variants) {
    for (const [name, schema] of Object.entries(asObject(variant.properties))) {
      const variantSchemas = properties.get(name) ?? new Map<string, unknown>();
      properties.set(name, variantSchemas.set(JSON.stringify(schema), schema));
    }
  }
  const merged = Object.fromEntries(
    [...properties].map(([name, schemas]) => {
      const [first, ...others] = schemas.values();
      return [name, others.length === 0 ? first : { anyOf: [first, ...others] }];
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
    // A closed base would reject the properties of the variants.
    ...(additionalProperties === false || additionalProperties === undefined ? {} : { additionalProperties }),
  };
}
