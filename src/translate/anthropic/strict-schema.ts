/** The subset of JSON Schema that OpenAI can enforce. Other schemas can be sent, but not as strict. */
import { asArray, asObject, isObject, type JsonObject } from '../../wire/json.ts';

const supportedKeywords: readonly string[] = [
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

/** True if every object is closed, every property is required and every keyword is in the subset. */
export const isStrict = (schema: JsonObject): boolean => schema.type === 'object' && isStrictNode(schema);

function isStrictNode(schema: unknown): boolean {
  if (!isObject(schema) || !Object.keys(schema).every((key) => supportedKeywords.includes(key))) return false;
  const types = typeof schema.type === 'string' ? [schema.type] : asArray(schema.type);
  const hasConstraint = types.length > 0 || ['anyOf', 'enum', 'const', '$ref'].some((key) => key in schema);
  if (!hasConstraint || (types.includes('object') && !isClosed(schema))) return false;
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
