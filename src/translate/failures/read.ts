/** Parses an upstream's error body into a code, a message and the remaining details. */
import { type CleanText, cleanData, cleanText } from '../../wire/clean-text.ts';
import { asArray, asObject, asString, isObject, type JsonObject, objectsOf, parseJson } from '../../wire/json.ts';

export interface Failure {
  readonly code: CleanText;
  /** At most `maxMessageLength` characters: enough for every pattern that interprets it. */
  readonly message: CleanText;
  /** Its texts are cleaned as well. */
  readonly detail: JsonObject;
}

const maxMessageLength = 1_000;
/** Validation errors that are read from a list. */
const maxDetails = 20;
const codeOf = (text: string): CleanText => cleanText(text, 100);
const messageOf = (text: string): CleanText => cleanText(text, maxMessageLength);

/** Reads `{error:{…}}`, `{detail}` in its three forms, a bare string, or text. */
export function readFailure(text: string): Failure {
  const parsed = parseJson(text);
  // Some hosts send a list with one error.
  const json = Array.isArray(parsed) && isObject(parsed[0]) && parsed[0].error ? parsed[0] : parsed;
  const body = asObject(json);
  const error = body.error ?? body.detail ?? json;
  if (isObject(error)) {
    const number = typeof error.code === 'number' ? String(error.code) : '';
    const code = asString(error.code) || asString(error.error_code) || asString(error.type) || number;
    return {
      code: codeOf(code),
      message: messageOf(asString(error.message) ?? asString(error.msg) ?? asString(body.message) ?? ''),
      detail: cleanData(error, maxMessageLength),
    };
  }
  if (typeof error === 'string') return { code: codeOf(''), message: messageOf(error), detail: {} };
  const messages = objectsOf(error)
    .slice(0, maxDetails)
    .flatMap((entry) => {
      const message = asString(entry.msg) ?? asString(entry.message);
      const location = asArray(entry.loc).slice(1).join('.');
      return message === undefined ? [] : [location === '' ? message : `${location}: ${message}`];
    });
  return {
    code: codeOf(''),
    message: messageOf(messages.length > 0 ? messages.join('; ') : plainText(text)),
    detail: {},
  };
}

/** An HTML page is described by its title. The rest of the page is ignored. */
function plainText(text: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1];
  return (title ?? text.replace(/<[^<>]*>/g, ' ')).replace(/\s+/g, ' ').trim().slice(0, 300);
}

/** Whether the body is an HTML page. */
export const isPage = (text: string): boolean => /^\s*</.test(text);
