/** How each kind of host tells which models it has: where the list stands, and how it reads. Pure. */

import { effortsIn, type ListedModel } from '../models/merge.ts';
import type { PriceRow } from '../models/types.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, objectsOf } from '../wire/json.ts';

export type ListedRow = Omit<ListedModel, 'upstream'>;
type Reader = (answer: unknown, today: string) => ListedRow[];

export interface ModelList {
  /** @param baseUrl the upstream's address in the dialect it is used in. */
  readonly url: (baseUrl: string) => string;
  /** @param today ISO date, for prices. */
  readonly read: Reader;
  /** The list needs no credential. */
  readonly isPublic?: boolean;
  /** Further requests, for what the list itself does not say. */
  readonly details?: ListDetails;
}

export interface ListDetails {
  /** A GET that is made once. */
  readonly sharedUrl: (baseUrl: string) => string;
  /** A POST for each model. */
  readonly perModel?: {
    readonly url: (baseUrl: string) => string;
    readonly body: (id: string) => string;
  };
  /** @param own answer of the model's own request; @param shared answer of the shared one. */
  readonly merge: (model: ListedRow, shared: unknown, own: unknown) => ListedRow;
}

const named = (model: JsonObject): string[] => {
  const id = asString(model.id) ?? asString(model.slug) ?? asString(model.model_name);
  return id ? [id] : [];
};

const windowIn = (...values: readonly unknown[]): { contextWindow?: number } => {
  const window = values.map(asNumber).find((value) => value !== undefined && value > 0);
  return window === undefined ? {} : { contextWindow: window };
};

/** Usual names of models that do not chat. */
const notForChat = /embed|whisper|tts|transcribe|moderation|dall-e|image|rerank|realtime|audio|sora/i;

/** `{data:[{id}]}`; a window where the host says one. */
const readPlain: Reader = (answer) =>
  objectsOf(asObject(answer).data)
    .filter(({ id }) => !notForChat.test(asString(id) ?? ''))
    .flatMap((model) =>
      named(model).map((id) => ({
        id,
        ...windowIn(model.context_length, model.max_model_len, model.context_window, asObject(model.meta).n_ctx),
      })),
    );

const readCodex: Reader = (answer) =>
  objectsOf(asObject(answer).models)
    .filter((model) => model.visibility === undefined || model.visibility === 'list')
    .flatMap((model) => {
      const levels = objectsOf(model.supported_reasoning_levels).map(({ effort }) => effort);
      return named(model).map((id) => ({
        id,
        ...windowIn(model.context_window),
        ...(levels.length === 0 ? {} : { efforts: effortsIn(levels) }),
      }));
    });

const readKimi: Reader = (answer) =>
  objectsOf(asObject(answer).data).flatMap((model) => {
    const efforts = effortsIn(asObject(model.think_efforts).valid_efforts);
    const vision = typeof model.supports_image_in === 'boolean' ? { vision: model.supports_image_in } : {};
    return named(model).map((id) => ({
      id,
      ...windowIn(model.context_length),
      ...(efforts.length === 0 ? {} : { efforts }),
      ...vision,
    }));
  });

/** Prices are strings, in dollars per token. */
const readOpenrouter: Reader = (answer, today) =>
  objectsOf(asObject(answer).data).flatMap((model) => {
    const price = priceOf(asObject(model.pricing), today);
    const modalities = asObject(model.architecture).input_modalities;
    const most = asNumber(asObject(model.top_provider).max_completion_tokens);
    return named(model).map((id) => ({
      id,
      ...windowIn(asObject(model.top_provider).context_length, model.context_length),
      ...(most ? { maxOutputTokens: most } : {}),
      ...(Array.isArray(modalities) ? { vision: modalities.includes('image') } : {}),
      ...(price ? { price } : {}),
    }));
  });

function priceOf(pricing: JsonObject, today: string): PriceRow | undefined {
  const perMillion = (value: unknown) => {
    const dollars = typeof value === 'string' ? Number(value) * 1e6 : Number.NaN;
    return Number.isFinite(dollars) && dollars >= 0 ? Math.round(dollars * 1e4) / 1e4 : undefined;
  };
  const [input, output] = [perMillion(pricing.prompt), perMillion(pricing.completion)];
  if (input === undefined || output === undefined) return undefined;
  const cacheWrite = perMillion(pricing.input_cache_write);
  return {
    input,
    output,
    cacheRead: perMillion(pricing.input_cache_read) ?? input,
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    source: 'OpenRouter’s own list',
    date: today,
  };
}

/** `/model/info` knows windows and prices; without the right to it, `/models` knows names. */
const readLitellm: Reader = (answer, today) =>
  objectsOf(asObject(answer).data).flatMap((model) => {
    const info = asObject(model.model_info);
    if (typeof info.mode === 'string' && info.mode !== 'chat' && info.mode !== 'responses') return [];
    const [input, output] = [asNumber(info.input_cost_per_token), asNumber(info.output_cost_per_token)];
    const cached = asNumber(info.cache_read_input_token_cost);
    const written = asNumber(info.cache_creation_input_token_cost);
    const million = (value: number) => Math.round(value * 1e10) / 1e4;
    const price =
      input === undefined || output === undefined || input + output === 0
        ? {}
        : {
            price: {
              input: million(input),
              output: million(output),
              cacheRead: million(cached ?? input),
              ...(written === undefined ? {} : { cacheWrite: million(written) }),
              source: 'LiteLLM’s own table',
              date: today,
            },
          };
    const most = asNumber(info.max_output_tokens);
    const vision = typeof info.supports_vision === 'boolean' ? { vision: info.supports_vision } : {};
    return named(model).map((id) => ({
      id,
      ...windowIn(info.max_input_tokens, info.max_tokens),
      ...(most ? { maxOutputTokens: most } : {}),
      ...vision,
      ...price,
    }));
  });

/** `/api/tags`; the window of each comes from `/api/show` and `/api/ps`. */
const readOllama: Reader = (answer) =>
  objectsOf(asObject(answer).models).flatMap((model) => {
    const id = asString(model.name) ?? asString(model.model);
    return id ? [{ id }] : [];
  });

/** `/api/v0/models`: what is loaded has a window of its own. */
const readLmstudio: Reader = (answer) =>
  objectsOf(asObject(answer).data)
    .filter((model) => model.type !== 'embeddings')
    .flatMap((model) =>
      named(model).map((id) => ({
        id,
        ...windowIn(model.loaded_context_length, model.max_context_length),
        ...(model.type === 'vlm' ? { vision: true } : {}),
      })),
    );

/** Ollama's own words about one model. Running, it has the window it was started with; else the setting of its file. */
function ollamaDetails(show: unknown, running: unknown): Omit<ListedRow, 'id'> {
  const body = asObject(show);
  const info = asObject(body.model_info);
  const trained = Object.entries(info).find(([name]) => name.endsWith('.context_length'))?.[1];
  const set = /(?:^|\n)num_ctx\s+(\d+)/.exec(asString(body.parameters) ?? '')?.[1];
  const capabilities = Array.isArray(body.capabilities) ? body.capabilities : undefined;
  const now = isObject(running) ? running.context_length : undefined;
  const given = set === undefined ? undefined : Number(set);
  return {
    ...(now === undefined && given === undefined ? windowFromTraining(trained) : windowIn(now, given)),
    ...(capabilities ? { vision: capabilities.includes('vision') } : {}),
    ...(capabilities?.includes('thinking') ? { efforts: ['none', 'low', 'medium', 'high'] as const } : {}),
  };
}

/** What Ollama gives a model that nobody set a window for, on a machine without much memory; more is the user's to say. */
const ollamaWindow = 32_768;

function windowFromTraining(trained: unknown): { contextWindow?: number; windowAssumed?: boolean } {
  const { contextWindow } = windowIn(trained);
  return { contextWindow: Math.min(contextWindow ?? ollamaWindow, ollamaWindow), windowAssumed: true };
}

/** `/props` of llama.cpp: the window of one slot. */
const llamacppWindow = (props: unknown): { contextWindow?: number } =>
  windowIn(asObject(asObject(props).default_generation_settings).n_ctx, asObject(props).n_ctx);

/** Names begin with `models/`; the list holds embedding, image and speech models too. */
const readGemini: Reader = (answer) =>
  objectsOf(asObject(answer).models).flatMap((model) => {
    const id = (asString(model.name) ?? '').replace(/^models\//, '');
    const methods = model.supportedGenerationMethods;
    const isChat = Array.isArray(methods) && methods.includes('generateContent') && !notForChat.test(id);
    if (id === '' || !isChat) return [];
    const most = asNumber(model.outputTokenLimit);
    return [{ id, ...windowIn(model.inputTokenLimit), ...(most ? { maxOutputTokens: most } : {}) }];
  });

const withoutVersion = (baseUrl: string): string => baseUrl.replace(/\/v1$/, '');
const behindRoot =
  (path: string) =>
  (baseUrl: string): string =>
    withoutVersion(baseUrl) + path;

/** The common list. Hosts that speak Messages at `/anthropic` have it beside that. */
export const plainList: ModelList = {
  url: (baseUrl) => `${baseUrl.replace(/\/anthropic$/, '/v1')}/models`,
  read: readPlain,
};

/** The common list at `/v1` of the server's root. */
export const rootList: ModelList = { url: behindRoot('/v1/models'), read: readPlain };

export const codexList: ModelList = {
  url: (baseUrl) => `${baseUrl}/models?client_version=0.169.0`,
  read: readCodex,
};

export const geminiList: ModelList = {
  url: (baseUrl) => `${baseUrl}/v1beta/models?pageSize=1000`,
  read: readGemini,
};

export const kimiList: ModelList = { url: behindRoot('/v1/models'), read: readKimi };

export const openrouterList: ModelList = { url: behindRoot('/v1/models'), read: readOpenrouter, isPublic: true };

export const litellmList: ModelList = { url: behindRoot('/model/info'), read: readLitellm };

export const lmstudioList: ModelList = { url: behindRoot('/api/v0/models'), read: readLmstudio };

export const llamacppList: ModelList = {
  ...rootList,
  details: {
    sharedUrl: behindRoot('/props'),
    merge: (model, props) => ({ ...model, ...llamacppWindow(props) }),
  },
};

export const ollamaList: ModelList = {
  url: behindRoot('/api/tags'),
  read: readOllama,
  details: {
    sharedUrl: behindRoot('/api/ps'),
    perModel: { url: behindRoot('/api/show'), body: (id) => JSON.stringify({ model: id }) },
    merge: (model, loaded, show) => {
      const running = objectsOf(asObject(loaded).models).find(
        (entry) => asString(entry.name) === model.id || asString(entry.model) === model.id,
      );
      return { ...model, ...ollamaDetails(show, running) };
    },
  },
};
