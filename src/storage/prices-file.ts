/** The user's own prices (`CCP_PRICES_FILE`). An invalid file is an error; it is never ignored. */
import { readFileSync } from 'node:fs';
import { UserError } from '../errors/user-error.ts';
import { type ListedModel, pricedModels } from '../models/merge.ts';
import { isObject, parseJson } from '../wire/json.ts';

/** @throws UserError naming the file, and the row. */
export function readPrices(path: string | undefined): ListedModel[] {
  if (path === undefined) return [];
  const where = `The prices file ${path}`;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UserError(`${where} cannot be read (${reason}). Fix CCP_PRICES_FILE, or unset it.`);
  }
  const json = parseJson(text);
  if (!isObject(json) || !isObject(json.prices))
    throw new UserError(`${where} must look like {"prices":{"UPSTREAM/MODEL":{"input":5,"output":30}}}.`);
  return pricedModels(json.prices).map(({ name, model }) => {
    if (model) return model;
    throw new UserError(
      `${where}: "${name}" must be UPSTREAM/MODEL with "input" and "output" in dollars per million tokens.`,
    );
  });
}
