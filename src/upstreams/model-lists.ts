/** The model list of each kind of host: its URL and its parser. Pure. */

import { effortsIn, type ListedModel } from '../models/merge.ts';
import type { PriceRow } from '../models/types.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, objectsOf } from '../wire/json.ts';

export type ListedRow = Omit<ListedModel, 'upstream'>;
type Reader = (answer: unknown, today: string) => ListedRow[];

export interface ModelList {
  /** @param baseUrl the upstream's base URL for the dialect in use. */
  readonly url: (baseUrl: string) => string;
  /** @param today ISO date, for prices. */
  readonly read: Reader;
  /** The list needs no credential. */
  readonly isPublic?: boolean;
  /** Additional requests for facts that the list does not contain. */
  readonly details?: ListDetails;
}

export interface ListDetails {
  /** URL of a GET request that is sent once. */
  readonly sharedUrl: (baseUrl: string) => string;
  /** A POST request that is sent for each model. */
  readonly perModel?: {
    readonly url: (baseUrl: string) => string;
    readonly body: (id: string) => string;
  };
  /** @param shared response of the shared request. @param own response of the model's own request. */
  readonly merge: (model: ListedRow, shared: unknown, own: unknown) => ListedRow;
}

const idsOf = (model: JsonObject): string[] => {
  const id = asString(model.id) ?? asString(model.slug) ?? asString(model.model_name);
  return id ? [id] : [];
};

const contextWindowIn = (...values: readonly unknown[]): { contextWindow?: number } => {
  const window = values.map(asNumber).find((value) => value !== undefined && value > 0);
  return window === undefined ? {} : { contextWindow: window };
};

/** Matches typical names of models that do not support chat. */
const nonChatNames = /embed|whisper|tts|transcribe|moderation|dall-e|image|rerank|realtime|audio|sora/i;

/** `{data:[{id}]}`, with a context window where the host returns one. */
const readPlain: Reader = (answer) =>
  objectsOf(asObject(answer).data)
    .filter(({ id }) => !nonChatNames.test(asString(id) ?? ''))
    .flatMap((model) =>
      idsOf(model).map((id) => ({
        id,
        ...contextWindowIn(model.context_length, model.max_model_len, model.context_window, asObject(model.meta).n_ctx),
      })),
    );

const readCodex: Reader = (answer) =>
  objectsOf(asObject(answer).models)
    .filter((model) => model.visibility === undefined || model.visibility === 'list')
    .flatMap((model) => {
      const levels = objectsOf(model.supported_reasoning_levels).map(({ effort }) => effort);
      return idsOf(model).map((id) => ({
        id,
        ...contextWindowIn(model.context_window),
        ...(levels.length === 0 ? {} : { efforts: effortsIn(levels) }),
      }));
    });

const readKimi: Reader = (answer) =>
  objectsOf(asObject(answer).data).flatMap((model) => {
    const efforts = effortsIn(asObject(model.think_efforts).valid_efforts);
    const vision = typeof model.supports_image_in === 'boolean' ? { vision: model.supports_image_in } : {};
    return idsOf(model).map((id) => ({
      id,
      ...contextWindowIn(model.context_length),
      ...(efforts.length === 0 ? {} : { efforts }),
      ...vision,
    }));
  });

/** Prices are strings, in dollars per token. */
const readOpenrouter: Reader = (answer, today) =>
  objectsOf(asObject(answer).data).flatMap((model) => {
    const price = priceOf(asObject(model.pricing), today);
    const modalities = asObject(model.architecture).input_modalities;
    const maxOutput = asNumber(asObject(model.top_provider).max_completion_tokens);
    return idsOf(model).map((id) => ({
      id,
      ...contextWindowIn(asObject(model.top_provider).context_length, model.context_length),
      ...(maxOutput ? { maxOutputTokens: maxOutput } : {}),
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

/** `/model/info` contains windows and prices; without permission for it, `/models` contains names. */
const readLitellm: Reader = (answer, today) =>
  objectsOf(asObject(answer).data).flatMap((model) => {
    const info = asObject(model.model_info);
    if (typeof info.mode === 'string' && info.mode !== 'chat' && info.mode !== 'responses') return [];
    const [input, output] = [asNumber(info.input_cost_per_token), asNumber(info.output_cost_per_token)];
    const cacheReadCost = asNumber(info.cache_read_input_token_cost);
    const cacheWriteCost = asNumber(info.cache_creation_input_token_cost);
    const perMillion = (value: number) => Math.round(value * 1e10) / 1e4;
    const price =
      input === undefined || output === undefined || input + output === 0
        ? {}
        : {
            price: {
              input: perMillion(input),
              output: perMillion(output),
              cacheRead: perMillion(cacheReadCost ?? input),
              ...(cacheWriteCost === undefined ? {} : { cacheWrite: perMillion(cacheWriteCost) }),
              source: 'LiteLLM’s own table',
              date: today,
            },
          };
    const maxOutput = asNumber(info.max_output_tokens);
    const vision = typeof info.supports_vision === 'boolean' ? { vision: info.supports_vision } : {};
    return idsOf(model).map((id) => ({
      id,
      ...contextWindowIn(info.max_input_tokens, info.max_tokens),
      ...(maxOutput ? { maxOutputTokens: maxOutput } : {}),
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

/** `/api/v0/models`: a loaded model has its own window. */
const readLmstudio: Reader = (answer) =>
  objectsOf(asObject(answer).data)
    .filter((model) => model.type !== 'embeddings')
    .flatMap((model) =>
      idsOf(model).map((id) => ({
        id,
        ...contextWindowIn(model.loaded_context_length, model.max_context_length),
        ...(model.type === 'vlm' ? { vision: true } : {}),
      })),
    );

/** Details from Ollama's `/api/show`. A running model has the window it was started with, else that of its file. */
function ollamaDetails(show: unknown, running: unknown): Omit<ListedRow, 'id'> {
  const body = asObject(show);
  const info = asObject(body.model_info);
  const trainedWindow = Object.entries(info).find(([name]) => name.endsWith('.context_length'))?.[1];
  const numCtx = /(?:^|\n)num_ctx\s+(\d+)/.exec(asString(body.parameters) ?? '')?.[1];
  const capabilities = Array.isArray(body.capabilities) ? body.capabilities : undefined;
  const runningWindow = isObject(running) ? running.context_length : undefined;
  const configuredWindow = numCtx === undefined ? undefined : Number(numCtx);
  return {
    ...(runningWindow === undefined && configuredWindow === undefined
      ? windowFromTraining(trainedWindow)
      : contextWindowIn(runningWindow, configuredWindow)),
    ...(capabilities ? { vision: capabilities.includes('vision') } : {}),
    ...(capabilities?.includes('thinking') ? { efforts: ['none', 'low', 'medium', 'high'] as const } : {}),
  };
}

/** Ollama's default window on a machine without much memory. The user can set a larger one. */
const ollamaDefaultWindow = 32_768;

function windowFromTraining(trainedWindow: unknown): { contextWindow?: number; windowAssumed?: boolean } {
  const { contextWindow } = contextWindowIn(trainedWindow);
  return { contextWindow: Math.min(contextWindow ?? ollamaDefaultWindow, ollamaDefaultWindow), windowAssumed: true };
}

/** `/props` of llama.cpp: the window of one slot. */
const llamacppWindow = (props: unknown): { contextWindow?: number } =>
  contextWindowIn(asObject(asObject(props).default_generation_settings).n_ctx, asObject(props).n_ctx);

/** Names start with `models/`. The list also contains embedding, image and speech models. */
const readGemini: Reader = (answer) =>
  objectsOf(asObject(answer).models).flatMap((model) => {
    const id = (asString(model.name) ?? '').replace(/^models\//, '');
    const methods = model.supportedGenerationMethods;
    const isChat = Array.isArray(methods) && methods.includes('generateContent') && !nonChatNames.test(id);
    if (id === '' || !isChat) return [];
    const maxOutput = asNumber(model.outputTokenLimit);
    return [{ id, ...contextWindowIn(model.inputTokenLimit), ...(maxOutput ? { maxOutputTokens: maxOutput } : {}) }];
  });

const withoutVersion = (baseUrl: string): string => baseUrl.replace(/\/v1$/, '');
const atServerRoot =
  (path: string) =>
  (baseUrl: string): string =>
    withoutVersion(baseUrl) + path;

/** The common list. Hosts with a Messages API at `/anthropic` serve the list at `/v1`. */
export const plainList: ModelList = {
  url: (baseUrl) => `${baseUrl.replace(/\/anthropic$/, '/v1')}/models`,
  read: readPlain,
};

/** The common list at `/v1` of the server's root. */
export const rootList: ModelList = { url: atServerRoot('/v1/models'), read: readPlain };

export const codexList: ModelList = {
  url: (baseUrl) => `${baseUrl}/models?client_version=0.169.0`,
  read: readCodex,
};

export const geminiList: ModelList = {
  url: (baseUrl) => `${baseUrl}/v1beta/models?pageSize=1000`,
  read: readGemini,
};

export const kimiList: ModelList = { url: atServerRoot('/v1/models'), read: readKimi };

export const openrouterList: ModelList = { url: atServerRoot('/v1/models'), read: readOpenrouter, isPublic: true };

export const litellmList: ModelList = { url: atServerRoot('/model/info'), read: readLitellm };

export const lmstudioList: ModelList = { url: atServerRoot('/api/v0/models'), read: readLmstudio };

export const llamacppList: ModelList = {
  ...rootList,
  details: {
    sharedUrl: atServerRoot('/props'),
    merge: (model, props) => ({ ...model, ...llamacppWindow(props) }),
  },
};

export const ollamaList: ModelList = {
  url: atServerRoot('/api/tags'),
  read: readOllama,
  details: {
    sharedUrl: atServerRoot('/api/ps'),
    perModel: { url: atServerRoot('/api/show'), body: (id) => JSON.stringify({ model: id }) },
    merge: (model, loaded, show) => {
      const running = objectsOf(asObject(loaded).models).find(
        (entry) => asString(entry.name) === model.id || asString(entry.model) === model.id,
      );
      return { ...model, ...ollamaDetails(show, running) };
    },
  },
};
