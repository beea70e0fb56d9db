/** Requests model lists from upstreams, with a short timeout and in the background. A failure has no other effect. */

import { usableModels } from '../models/merge.ts';
import type { Transport } from '../ports/transport.ts';
import { type ListDetails, type ListedRow, type ModelList, rootList } from '../upstreams/model-lists.ts';
import { cleanText } from '../wire/clean-text.ts';
import { isObject, type JsonObject, parseJson } from '../wire/json.ts';

export interface ListRequest {
  readonly list: ModelList;
  /** The upstream's base URL for the dialect in use. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The ETag of the stored list, if any. */
  readonly etag: string | undefined;
  /** ISO date, stored with prices. */
  readonly today: string;
  readonly timeoutMs: number;
  /** The transport that turns use: through the user's HTTP proxy, if there is one. */
  readonly transport: Transport;
}

export type ListAnswer =
  | { readonly state: 'listed'; readonly models: readonly ListedRow[]; readonly etag: string | undefined }
  | { readonly state: 'unchanged' }
  /** `reason` is an HTTP status, a network error code or a message. */
  | { readonly state: 'failed'; readonly reason: string };

/** Never throws. */
export async function listModels(request: ListRequest): Promise<ListAnswer> {
  const { list, baseUrl, headers, etag } = request;
  try {
    const first = await fetchJson(list.url(baseUrl), request, {
      ...headers,
      ...(etag ? { 'if-none-match': etag } : {}),
    });
    if (first.status === 304) return { state: 'unchanged' };
    // Hosts without their own detailed list have the common one.
    const plain = first.status === 404 ? await fetchJson(rootList.url(baseUrl), request, headers) : undefined;
    const answer = plain ?? first;
    if (answer.status !== 200) return { state: 'failed', reason: `HTTP ${answer.status}` };
    const models = usableModels((plain ? rootList : list).read(answer.json, request.today));
    // An empty list is valid; a response without a list is not.
    if (models.length === 0 && !isEmptyList(answer.json))
      return { state: 'failed', reason: 'the response contains no model list' };
    return { state: 'listed', models: await withDetails(models, list.details, request), etag: answer.etag };
  } catch (thrown) {
    return { state: 'failed', reason: reasonOf(thrown) };
  }
}

const isEmptyList = ({ data, models }: JsonObject): boolean => Array.isArray(data) || Array.isArray(models);

async function withDetails(
  models: readonly ListedRow[],
  details: ListDetails | undefined,
  request: ListRequest,
): Promise<readonly ListedRow[]> {
  if (details === undefined) return models;
  const { baseUrl, headers } = request;
  const { sharedUrl, perModel, merge } = details;
  const shared = await fetchJson(sharedUrl(baseUrl), request, headers).catch(() => undefined);
  return Promise.all(
    models.map(async (model, index) => {
      const own =
        perModel && index < maxDetailRequests
          ? await fetchJson(perModel.url(baseUrl), request, headers, perModel.body(model.id)).catch(() => undefined)
          : undefined;
      return merge(model, shared?.json, own?.json);
    }),
  );
}

/** A list of 2,000 models with prices has about 2 MB. */
const maxListBytes = 8 * 1024 * 1024;
/** Models whose details are requested, one request each. */
const maxDetailRequests = 100;

interface Answer {
  readonly status: number;
  readonly json: JsonObject;
  readonly etag: string | undefined;
}

async function fetchJson(
  url: string,
  { timeoutMs, transport }: ListRequest,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await transport.send(
    {
      method: body === undefined ? 'GET' : 'POST',
      url,
      headers: { ...headers, accept: 'application/json' },
      body: body ?? '',
    },
    { signal, headersTimeoutMs: timeoutMs },
  );
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body) {
    length += chunk.length;
    if (length > maxListBytes) throw new Error(`the response is longer than ${maxListBytes / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  const json = parseJson(Buffer.concat(chunks).toString('utf8'));
  return { status: answer.status, json: isObject(json) ? json : {}, etag: usableEtag(answer.headers.etag) };
}

/** An ETag is sent back as a header, and stored. */
const usableEtag = (etag: string | undefined): string | undefined =>
  etag !== undefined && /^[\x21-\x7e]{1,200}$/.test(etag) ? etag : undefined;

const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return thrown.name === 'TimeoutError' ? 'no answer in time' : cleanText(thrown.message);
};
