/** The user's catalogue. Models listed by upstreams override bundled rows; the user's own rows override both. */
import { cleanText, hasControls } from '../wire/clean-text.ts';
import { asArray, asNumber, asObject, asString, isObject, type JsonObject, objectsOf } from '../wire/json.ts';
import { assumedWindow } from './find.ts';
import { type Effort, efforts, type ModelRow, type PriceRow } from './types.ts';

/** What an upstream's list contains about a model. Omitted fields keep their bundled values. */
export interface ListedModel {
  readonly upstream: string;
  readonly id: string;
  readonly contextWindow?: number;
  /** The window is assumed: the model supports it, but its server may be configured with less. */
  readonly windowAssumed?: boolean;
  readonly maxOutputTokens?: number;
  readonly efforts?: readonly Effort[];
  readonly vision?: boolean;
  readonly price?: PriceRow;
}

/** Models of one list. The largest known list has about 600. */
const maxListedModels = 2_000;
const maxIdLength = 200;

/** An id is sent back to its upstream, so it cannot be cleaned: one that needs cleaning is no model. */
const isUsableId = (id: string): boolean => id.length <= maxIdLength && !hasControls(id);

/** The usable models of a list from outside: each once, and a limited number. */
export function usableModels<Model extends { readonly id: string }>(models: readonly Model[]): Model[] {
  const byId = new Map<string, Model>();
  for (const model of models) {
    if (byId.size >= maxListedModels) break;
    if (isUsableId(model.id) && !byId.has(model.id)) byId.set(model.id, model);
  }
  return [...byId.values()];
}

export const effortsIn = (value: unknown): readonly Effort[] =>
  efforts.filter((effort) => asArray(value).includes(effort));

export function mergedCatalogue(
  bundled: readonly ModelRow[],
  listed: readonly ListedModel[],
  own: readonly ListedModel[],
): ModelRow[] {
  const key = ({ upstream, id }: { readonly upstream: string; readonly id: string }) => `${upstream}\n${id}`;
  const rows = new Map(bundled.map((row) => [key(row), row]));
  for (const model of [...listed, ...own]) {
    const existingRow = rows.get(key(model));
    rows.set(
      key(model),
      existingRow
        ? { ...existingRow, ...(model.contextWindow ? { windowAssumed: false } : {}), ...model }
        : newRow(model),
    );
  }
  return [...rows.values()];
}

/** Bare ids are reserved for bundled rows. A model from an upstream's list is requested as `UPSTREAM/ID`. */
const newRow = (model: ListedModel): ModelRow => ({
  contextWindow: assumedWindow,
  maxOutputTokens: 0,
  efforts: [],
  prefixed: true,
  ...model,
  ...(model.contextWindow ? {} : { windowAssumed: true }),
});

/** The models of the setting `upstreams`. */
export const userModels = (upstreams: JsonObject): ListedModel[] =>
  Object.entries(upstreams).flatMap(([upstream, value]) =>
    objectsOf(asObject(value).models).flatMap((model) => listedModel({ ...model, upstream }) ?? []),
  );

/** Parses a row from a file. Fields of the wrong type are omitted; `undefined` without an upstream or an id. */
export function listedModel(value: unknown): ListedModel | undefined {
  const {
    upstream,
    id,
    contextWindow,
    windowAssumed,
    maxOutputTokens,
    efforts: listed,
    vision,
    price,
  } = asObject(value);
  const [name, model] = [asString(upstream), asString(id)];
  if (!name || !model || !isUsableId(model)) return undefined;
  const window = asNumber(contextWindow);
  const maxOutput = asNumber(maxOutputTokens);
  const priceRow = priceIn(price);
  return {
    upstream: name,
    id: model,
    ...(window ? { contextWindow: window } : {}),
    ...(windowAssumed === true ? { windowAssumed } : {}),
    ...(maxOutput ? { maxOutputTokens: maxOutput } : {}),
    ...(listed === undefined ? {} : { efforts: effortsIn(listed) }),
    ...(typeof vision === 'boolean' ? { vision } : {}),
    ...(priceRow ? { price: priceRow } : {}),
  };
}

/** Parses rates. Without `cacheRead`, cached input is charged as input. */
function ratesIn(value: JsonObject): PriceRow['long'] | undefined {
  const [input, output] = [asNumber(value.input), asNumber(value.output)];
  if (input === undefined || output === undefined) return undefined;
  const [cacheWrite, cacheWriteHour] = [asNumber(value.cacheWrite), asNumber(value.cacheWriteHour)];
  return {
    input,
    output,
    cacheRead: asNumber(value.cacheRead) ?? input,
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(cacheWriteHour === undefined ? {} : { cacheWriteHour }),
  };
}

/**
 * The rows of a prices file: `{"prices":{"UPSTREAM/MODEL":{"input":…,"output":…}}}`. `model` is `undefined` for an
 * invalid row.
 */
export const pricedModels = (
  prices: JsonObject,
): { readonly name: string; readonly model: ListedModel | undefined }[] =>
  Object.entries(prices).map(([name, value]) => {
    const slash = name.indexOf('/');
    const price = priceIn(value);
    const model = listedModel({ upstream: name.slice(0, Math.max(0, slash)), id: name.slice(slash + 1), price });
    return { name, model: price && slash > 0 ? model : undefined };
  });

function priceIn(value: unknown): PriceRow | undefined {
  if (!isObject(value)) return undefined;
  const rates = ratesIn(value);
  if (!rates) return undefined;
  const longAbove = asNumber(value.longAbove);
  const long = ratesIn(asObject(value.long));
  return {
    ...rates,
    ...(longAbove !== undefined && long ? { longAbove, long } : {}),
    source: cleanText(asString(value.source) ?? 'the settings'),
    date: cleanText(asString(value.date) ?? ''),
  };
}

/** Assigns bare ids to `upstream` instead of `instead`, for each model that `upstream` has. */
export const assignBareIds = (upstream: string, instead: string, rows: readonly ModelRow[]): ModelRow[] => {
  const ids = new Set(rows.filter((row) => row.upstream === upstream).map(({ id }) => id));
  return rows.map((row) => {
    if (!ids.has(row.id)) return row;
    if (row.upstream === upstream) return { ...row, prefixed: false };
    return row.upstream === instead ? { ...row, prefixed: true } : row;
  });
};
