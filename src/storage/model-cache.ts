/** Cache of the upstreams' model lists: `models.json` in the state folder. Losing it costs one request per upstream. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ListedModel, listedModel, usableModels } from '../models/merge.ts';
import { asObject, asString, isObject, objectsOf, parseJson } from '../wire/json.ts';
import { writeAtomic } from './atomic-file.ts';

export interface CachedList {
  /** ISO time of the response. */
  readonly at: string;
  readonly etag: string | undefined;
  readonly models: readonly ListedModel[];
}

/** A larger file was not written by ccp. It is ignored, and replaced with the next list. */
const maxBytes = 32 * 1024 * 1024;

const fileIn = (stateDir: string): string => join(stateDir, 'models.json');

export function readModelLists(stateDir: string): Record<string, CachedList> {
  const lists = asObject(asObject(readJson(fileIn(stateDir))).lists);
  return Object.fromEntries(
    Object.entries(lists).flatMap(([upstream, value]) => {
      if (!isObject(value)) return [];
      const models = usableModels(
        objectsOf(value.models).flatMap((model) => listedModel({ ...model, upstream }) ?? []),
      );
      return [[upstream, { at: asString(value.at) ?? '', etag: asString(value.etag), models }]];
    }),
  );
}

export const readModelCache = (stateDir: string): ListedModel[] =>
  Object.values(readModelLists(stateDir)).flatMap(({ models }) => models);

export function storeModelList(stateDir: string, upstream: string, list: CachedList): void {
  const lists = { ...readModelLists(stateDir), [upstream]: list };
  writeAtomic(fileIn(stateDir), `${JSON.stringify({ version: 1, lists })}\n`);
}

function readJson(path: string): unknown {
  try {
    const found = statSync(path);
    if (!found.isFile() || found.size > maxBytes) return undefined;
    return parseJson(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
