/** Optional request fields. A field that an upstream rejects by name is omitted from later requests. */
import { asObject, isObject, type JsonObject } from '../../wire/json.ts';

const rejectionCodes =
  /^(?:unsupported_parameter|unknown_parameter|unsupported_value|invalid_value|subscription_sharing_unsupported_capability)$/;
const rejectionPattern =
  /unsupported|does not support|extra inputs|unknown|unrecognized|not supported|not allowed|not permitted/i;

/** The optional field that a 400 response rejects; `undefined` if its message is about anything else. */
export function rejectedField(
  code: string,
  param: string | undefined,
  message: string,
  optionalFields: readonly string[],
): string | undefined {
  if (!rejectionCodes.test(code) && !rejectionPattern.test(message)) return undefined;
  if (param !== undefined && param !== '') return fieldIn(param, optionalFields);
  if (/does not support the effort parameter/i.test(message))
    return optionalFields.find((field) => field.endsWith('effort'));
  const named = optionalFields.find((field) => isRejected(message, field));
  return named ?? (/encrypted content is not supported/i.test(message) ? 'include' : undefined);
}

/** `include[0]` and `reasoning.summary.kind` refer to the field that contains them. */
function fieldIn(param: string, optionalFields: readonly string[]): string | undefined {
  if (param.includes('input_file')) return 'input_file';
  const path = param.replace(/\[.*$/, '');
  return optionalFields.find((field) => path === field || path.startsWith(`${field}.`));
}

/** A message that merely contains the field's name does not reject the field. */
function isRejected(message: string, field: string): boolean {
  const name = field.replace('.', '\\.');
  const before = `(?:parameter|field|argument|value|unsupported|unknown|unrecognized)s?:?\\s+['"\`]?${name}(?![\\w.])`;
  const after = `(?:^|['"\`\\s])${name}['"\`]?(?::?\\s+\\S+)?\\s+is not (?:supported|allowed|permitted)`;
  const validator = `(?:^|[\\s'"\`])${name}(?:\\.[\\w.]+)?['"\`]?: (?:extra inputs|unexpected|unknown)`;
  return [before, after, validator].some((pattern) => new RegExp(pattern, 'i').test(message));
}

/**
 * The key under which a rejected field is remembered: `field`, or `field=value` if only that value was rejected.
 * `undefined` for a field that was not sent or that must not be omitted.
 */
export function rejectedFieldKey(field: string, code: string, body: JsonObject): string | undefined {
  if (field === 'input_file') return JSON.stringify(body).includes('"type":"input_file"') ? field : undefined;
  const value = field.split('.').reduce<unknown>((node, key) => asObject(node)[key], body);
  // Without this field, calls that must be sequential may arrive in parallel.
  if (value === undefined || (field === 'parallel_tool_calls' && value === false)) return undefined;
  // A rejected value does not rule out the other values of the field.
  return code === 'unsupported_value' || code === 'invalid_value' ? `${field}=${JSON.stringify(value)}` : field;
}

/** Removes the fields with these keys, as returned by `rejectedFieldKey`. */
export function withoutFields(body: object, fields: ReadonlySet<string>): JsonObject {
  return [...fields].reduce<JsonObject>((remaining, field) => without(remaining, field), { ...body });
}

function without(value: JsonObject, key: string): JsonObject {
  const [path = '', rejectedValue] = key.split(/=(.*)/s);
  const [outer = '', inner] = path.split('.');
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (name !== outer) return [[name, member]];
      if (inner === undefined)
        return rejectedValue === undefined || JSON.stringify(member) === rejectedValue ? [] : [[name, member]];
      const rest = rejectedValue === undefined ? inner : `${inner}=${rejectedValue}`;
      return isObject(member) ? [[name, without(member, rest)]] : [];
    }),
  );
}
