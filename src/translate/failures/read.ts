/** An upstream's refusal as it came: a code, words, and the rest. */
import { asArray, asObject, asString, isObject, type JsonObject, objectsOf, parseJson } from '../../wire/json.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly detail: JsonObject;
}

/** Reads `{error:{…}}`, `{detail}` in its three forms, a bare string, or text. */
export function readFailure(text: string): Failure {
  const parsed = parseJson(text);
  // Some send a list of one.
  const json = Array.isArray(parsed) && isObject(parsed[0]) && parsed[0].error ? parsed[0] : parsed;
  const body = asObject(json);
  const error = body.error ?? body.detail ?? json;
  if (isObject(error)) {
    const number = typeof error.code === 'number' ? String(error.code) : '';
    const code = asString(error.code) || asString(error.error_code) || asString(error.type) || number;
    return {
      code,
      message: asString(error.message) ?? asString(error.msg) ?? asString(body.message) ?? '',
      detail: error,
    };
  }
  if (typeof error === 'string') return { code: '', message: error, detail: {} };
  const messages = objectsOf(error).flatMap((entry) => {
    const words = asString(entry.msg) ?? asString(entry.message);
    const place = asArray(entry.loc).slice(1).join('.');
    return words === undefined ? [] : [place === '' ? words : `${place}: ${words}`];
  });
  return { code: '', message: messages.length > 0 ? messages.join('; ') : plainText(text), detail: {} };
}

/** An HTML page says what it is in its title; the rest is noise. */
function plainText(text: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1];
  return (title ?? text.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim().slice(0, 300);
}

export const isPage = (text: string): boolean => /^\s*</.test(text);
