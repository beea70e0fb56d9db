/** Asks upstreams which models they have. Quick, beside everything else, and nothing depends on an answer. */
import { request } from 'undici';
import { type ListedBy, listReaders, llamacppWindow, ollamaDetails } from '../models/lists.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf, own } from '../wire/json.ts';

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
    const answer = first.status === 200 ? first : await otherPlace(question);
    if (answer.status !== 200) return { state: 'failed', reason: `HTTP ${answer.status}` };
    const models = read(answer.json, question.today);
    return { state: 'listed', models: await detailed(models, question), etag: answer.etag };
  } catch (thrown) {
    return { state: 'failed', reason: reasonOf(thrown) };
  }
}

/** Hosts without their richer list have the plain one. */
async function otherPlace(question: ListQuestion): Promise<Answer> {
  const url = `${withoutVersion(question.baseUrl)}/v1/models`;
  return ask(url, question, question.headers);
}

/** What takes another question each: windows of local models. */
async function detailed(models: readonly ListedBy[], question: ListQuestion): Promise<readonly ListedBy[]> {
  const root = withoutVersion(question.baseUrl);
  if (question.kind === 'llamacpp') {
    const props = await ask(`${root}/props`, question, question.headers);
    return models.map((model) => ({ ...model, ...llamacppWindow(props.json) }));
  }
  if (question.kind !== 'ollama') return models;
  const running = objectsOf(asObject((await ask(`${root}/api/ps`, question, question.headers)).json).models);
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
  { patienceMs }: ListQuestion,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answer> {
  const answer = await request(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json',
      ...headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(patienceMs),
    ...(body === undefined ? {} : { body }),
  });
  const json: unknown = await answer.body.json().catch(() => undefined);
  return { status: answer.statusCode, json: isObject(json) ? json : {}, etag: asString(answer.headers.etag) };
}

const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown.name === 'TimeoutError' ? 'no answer in time' : thrown.message;
};
