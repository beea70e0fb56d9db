/** Request fields an answer can do without: when an upstream refuses one by name, it is left out from then on. */
import { isObject, type JsonObject } from '../../wire/json.ts';
import type { ResponsesRequest } from '../../wire/responses.ts';

/** A dot leads into an object. `input_file` is no field: PDFs become notes instead. */
const optionalFields: readonly string[] = [
  'reasoning.summary',
  'reasoning.effort',
  'reasoning',
  'include',
  'prompt_cache_key',
  'service_tier',
  'parallel_tool_calls',
  'max_output_tokens',
  'max_tool_calls',
  'temperature',
  'top_p',
  'input_file',
];

const refusedCodes =
  /^(?:unsupported_parameter|unknown_parameter|unsupported_value|invalid_value|subscription_sharing_unsupported_capability)$/;
const refusalWords = /unsupported|unknown|unrecognized|not supported|not allowed|not permitted/i;

/** The optional field that a 400 refuses, or `undefined`. */
export function refusedField(code: string, param: string | undefined, words: string): string | undefined {
  if (!refusedCodes.test(code) && !refusalWords.test(words)) return undefined;
  const named = param === undefined ? undefined : fieldIn(param);
  return named ?? optionalFields.find((field) => mentions(words, field)) ?? byWords(words);
}

/** `include[0]` and `reasoning.summary.kind` mean the field they are part of. */
function fieldIn(param: string): string | undefined {
  const path = param.replace(/\[.*$/, '');
  if (param.includes('input_file')) return 'input_file';
  return optionalFields.find((field) => path === field || path.startsWith(`${field}.`));
}

/** As a word of its own, quoted or after a colon: prose that happens to say "include" is no refusal of it. */
const mentions = (words: string, field: string): boolean =>
  new RegExp(`(?:['"\`:]\\s*|parameter\\s+)${field.replace('.', '\\.')}(?![\\w.])`, 'i').test(words);

const byWords = (words: string): string | undefined => {
  if (/encrypted content is not supported/i.test(words)) return 'include';
  return /input_file/.test(words) ? 'input_file' : undefined;
};

export function withoutFields(body: ResponsesRequest, fields: ReadonlySet<string>): JsonObject {
  return [...fields].reduce<JsonObject>((kept, field) => without(kept, field), { ...body });
}

function without(value: JsonObject, path: string): JsonObject {
  const [outer = '', inner] = path.split('.');
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      if (key !== outer) return [[key, member]];
      return inner !== undefined && isObject(member) ? [[key, without(member, inner)]] : [];
    }),
  );
}
