/** Safe readers for external JSON. Values that are not read stay `unknown`. */

export type JsonObject = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const asString = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});

export const objectsOf = (value: unknown): JsonObject[] => asArray(value).filter(isObject);

/** Returns the table's own member, never one of its prototype, because the keys come from external input. */
export const ownValue = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** JSON text that is written when it is first read: a large body costs milliseconds, and not every text is needed. */
export class LazyJson {
  readonly #value: unknown;
  #text: string | undefined;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** @throws RangeError for a value that is nested too deep. */
  get text(): string {
    this.#text ??= JSON.stringify(this.#value);
    return this.#text;
  }
}

/** Parses text; `undefined` when it is not JSON (JSON's own `undefined` does not exist). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether two parsed values are equal, whatever the order of members. Values nested deeper than `depth` are not. */
export function isSameValue(a: unknown, b: unknown, depth = 200): boolean {
  if (a === b) return true;
  if (depth === 0) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value, at) => isSameValue(value, b[at], depth - 1));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSameValue(a[name], b[name], depth - 1))
  );
}
