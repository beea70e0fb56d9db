/** Request fields an answer can do without: when an upstream refuses one by name, it is left out from then on. */
import { asObject, isObject, type JsonObject } from '../../wire/json.ts';

const refusedCodes =
  /^(?:unsupported_parameter|unknown_parameter|unsupported_value|invalid_value|subscription_sharing_unsupported_capability)$/;
const refusalWords =
  /unsupported|does not support|extra inputs|unknown|unrecognized|not supported|not allowed|not permitted/i;

/** The optional field that a 400 refuses, or `undefined`. What it says of something else says nothing of this. */
export function refusedField(
  code: string,
  param: string | undefined,
  words: string,
  optionalFields: readonly string[],
): string | undefined {
  if (!refusedCodes.test(code) && !refusalWords.test(words)) return undefined;
  if (param !== undefined && param !== '') return fieldIn(param, optionalFields);
  if (/does not support the effort parameter/i.test(words))
    return optionalFields.find((field) => field.endsWith('effort'));
  const named = optionalFields.find((field) => isRefused(words, field));
  return named ?? (/encrypted content is not supported/i.test(words) ? 'include' : undefined);
}

/** `include[0]` and `reasoning.summary.kind` mean the field they are part of. */
function fieldIn(param: string, optionalFields: readonly string[]): string | undefined {
  if (param.includes('input_file')) return 'input_file';
  const path = param.replace(/\[.*$/, '');
  return optionalFields.find((field) => path === field || path.startsWith(`${field}.`));
}

/** Prose that happens to hold the word is no refusal of it. */
function isRefused(words: string, field: string): boolean {
  const name = field.replace('.', '\\.');
  const before = `(?:parameter|field|argument|value|unsupported|unknown|unrecognized)s?:?\\s+['"\`]?${name}(?![\\w.])`;
  const after = `(?:^|['"\`\\s])${name}['"\`]?(?::?\\s+\\S+)?\\s+is not (?:supported|allowed|permitted)`;
  const validator = `(?:^|[\\s'"\`])${name}(?:\\.[\\w.]+)?['"\`]?: (?:extra inputs|unexpected|unknown)`;
  return [before, after, validator].some((pattern) => new RegExp(pattern, 'i').test(words));
}

/**
 * The key under which a refused field is remembered: `field`, or `field=value` where only that value was refused.
 * `undefined` for a field that was not sent, or that must not be left out.
 */
export function rejectedFieldKey(field: string, code: string, body: JsonObject): string | undefined {
  if (field === 'input_file') return JSON.stringify(body).includes('"type":"input_file"') ? field : undefined;
  const value = field.split('.').reduce<unknown>((node, key) => asObject(node)[key], body);
  // Without it calls may come together that were to come one by one.
  if (value === undefined || (field === 'parallel_tool_calls' && value === false)) return undefined;
  // One value of it is not the whole of it.
  return code === 'unsupported_value' || code === 'invalid_value' ? `${field}=${JSON.stringify(value)}` : field;
}

export function withoutFields(body: object, fields: ReadonlySet<string>): JsonObject {
  return [...fields].reduce<JsonObject>((kept, field) => without(kept, field), { ...body });
}

function without(value: JsonObject, key: string): JsonObject {
  const [path = '', only] = key.split(/=(.*)/s);
  const [outer = '', inner] = path.split('.');
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (name !== outer) return [[name, member]];
      if (inner === undefined) return only === undefined || JSON.stringify(member) === only ? [] : [[name, member]];
      const rest = only === undefined ? inner : `${inner}=${only}`;
      return isObject(member) ? [[name, without(member, rest)]] : [];
    }),
  );
}
