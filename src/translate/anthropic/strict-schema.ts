/** The subset of JSON Schema that OpenAI can enforce: what is outside it may be sent, but not as strict. */
import { asArray, asObject, isObject, type JsonObject } from '../../wire/json.ts';

const known: readonly string[] = [
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'anyOf',
  'enum',
  'const',
  'description',
  'title',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  '$ref',
  '$defs',
];

/** Every object closed, every property required, nothing that the subset does not know. */
export const isStrict = (schema: JsonObject): boolean => schema.type === 'object' && isStrictNode(schema);

function isStrictNode(schema: unknown): boolean {
  if (!isObject(schema) || !Object.keys(schema).every((key) => known.includes(key))) return false;
  const types = typeof schema.type === 'string' ? [schema.type] : asArray(schema.type);
  const says = types.length > 0 || ['anyOf', 'enum', 'const', '$ref'].some((key) => key in schema);
  if (!says || (types.includes('object') && !isClosed(schema))) return false;
  if (types.includes('array') && !isObject(schema.items)) return false;
  const inner = [
    ...Object.values(asObject(schema.properties)),
    ...Object.values(asObject(schema.$defs)),
    ...asArray(schema.anyOf),
    ...('items' in schema ? [schema.items] : []),
  ];
  return inner.every(isStrictNode);
}

function isClosed({ properties, required, additionalProperties }: JsonObject): boolean {
  const names = asArray(required);
  return additionalProperties === false && Object.keys(asObject(properties)).every((key) => names.includes(key));
}
