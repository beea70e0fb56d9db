/** Asks upstreams which models they have. Quick, beside everything else, and nothing depends on an answer. */
import { type ListedBy, listReaders, llamacppWindow, ollamaDetails } from '../models/lists.ts';
import type { Transport } from '../ports/transport.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf, own, parseJson } from '../wire/json.ts';

export interface ListQuestion {
  /** How the upstream tells. */
  readonly kind: string;
  /** Its base URL in the dialect it is used in. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the answer that is known already. */
  readonly etag: string | undefined;
  /** ISO date. */
  readonly today: string;
  readonly patienceMs: number;
  /** As answers come: through the user's HTTP proxy, if there is one. */
  readonly transport: Transport;
}

export type ListAnswer =
  | { readonly state: 'listed'; readonly models: readonly ListedBy[]; readonly etag: string | undefined }
  | { readonly state: 'unchanged' }
  /** `refused` is a status, or the network's own word. */
  | { readonly state: 'failed'; readonly reason: string };

const withoutVersion = (baseUrl: string): string => baseUrl.replace(/\/v1$/, '');

/** Where each kind has its list, from the base URL on. */
const places: Readonly<Record<string, (baseUrl: string) => string>> = {
  codex: (baseUrl) => `${baseUrl}/models?client_version=0.169.0`,
  // Hosts that speak Messages at `/anthropic` have their list beside it.
  openai: (baseUrl) => `${baseUrl.replace(/\/anthropic$/, '/v1')}/models`,
  vllm: (baseUrl) => `${withoutVersion(baseUrl)}/v1/models`,
  llamacpp: (baseUrl) => `${withoutVersion(baseUrl)}/v1/models`,
  kimi: (baseUrl) => `${withoutVersion(baseUrl)}/v1/models`,
  openrouter: (baseUrl) => `${withoutVersion(baseUrl)}/v1/models`,
  litellm: (baseUrl) => `${withoutVersion(baseUrl)}/model/info`,
  ollama: (baseUrl) => `${withoutVersion(baseUrl)}/api/tags`,
  lmstudio: (baseUrl) => `${withoutVersion(baseUrl)}/api/v0/models`,
};

/** Never throws. */
export async function listModels(question: ListQuestion): Promise<ListAnswer> {
  const { kind, baseUrl, headers, etag } = question;
  const place = own(places, kind);
  const read = own(listReaders, kind);
  if (!place || !read) return { state: 'failed', reason: 'it has no list' };
  try {
    const first = await ask(place(baseUrl), question, { ...headers, ...(etag ? { 'if-none-match': etag } : {}) });
    if (first.status === 304) return { state: 'unchanged' };
    // Hosts without their richer list have the plain one.
    const plain =
      first.status === 404 ? await ask(`${withoutVersion(baseUrl)}/v1/models`, question, headers) : undefined;
    const answer = plain ?? first;
    if (answer.status !== 200) return { state: 'failed', reason: `HTTP ${answer.status}` };
    const models = (plain ? listReaders.openai : read)?.(answer.json, question.today) ?? [];
    // No list at all is no answer; a list of nothing is one.
    if (models.length === 0 && !listsNothing(answer.json)) return { state: 'failed', reason: 'its answer is no list' };
    return { state: 'listed', models: await detailed(models, question), etag: answer.etag };
  } catch (thrown) {
    return { state: 'failed', reason: reasonOf(thrown) };
  }
}

const listsNothing = ({ data, models }: JsonObject): boolean => Array.isArray(data) || Array.isArray(models);

/** What takes another question each: windows of local models. */
async function detailed(models: readonly ListedBy[], question: ListQuestion): Promise<readonly ListedBy[]> {
  const root = withoutVersion(question.baseUrl);
  if (question.kind === 'llamacpp') {
    const props = await ask(`${root}/props`, question, question.headers).catch(() => undefined);
    return models.map((model) => ({ ...model, ...llamacppWindow(props?.json) }));
  }
  if (question.kind !== 'ollama') return models;
  const loaded = await ask(`${root}/api/ps`, question, question.headers).catch(() => undefined);
  const running = objectsOf(asObject(loaded?.json).models);
  return Promise.all(
    models.map(async (model) => {
      const body = JSON.stringify({ model: model.id });
      const show = await ask(`${root}/api/show`, question, question.headers, body).catch(() => undefined);
      const now = running.find((entry) => asString(entry.name) === model.id || asString(entry.model) === model.id);
      return { ...model, ...ollamaDetails(show?.json, now) };
    }),
  );
}

interface Answer {
  readonly status: number;
  readonly json: JsonObject;
  readonly etag: string | undefined;
}

async function ask(
  url: string,
  { patienceMs, transport }: ListQuestion,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answer> {
  const signal = AbortSignal.timeout(patienceMs);
  const answer = await transport.send(
    {
      method: body === undefined ? 'GET' : 'POST',
      url,
      headers: { ...headers, accept: 'application/json' },
      body: body ?? '',
    },
    { signal, headersTimeoutMs: patienceMs },
  );
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  const json = parseJson(Buffer.concat(chunks).toString('utf8'));
  return { status: answer.status, json: isObject(json) ? json : {}, etag: answer.headers.etag };
}

const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return thrown.name === 'TimeoutError' ? 'no answer in time' : thrown.message;
};
