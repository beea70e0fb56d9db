/** Local servers, and LiteLLM, which usually runs locally. */
import { plainChat } from '../../translate/dialects/chat/profile.ts';
import { plainMessages } from '../../translate/dialects/messages/profile.ts';
import { noKey, optionalKey, type UpstreamDefinition } from '../definition.ts';
import { litellmList, llamacppList, lmstudioList, ollamaList, rootList } from '../model-lists.ts';

const local = (
  name: string,
  origin: string,
  rest: Pick<UpstreamDefinition, 'startHint' | 'modelList'> & Partial<UpstreamDefinition>,
): UpstreamDefinition => ({
  name,
  dialect: 'chat',
  baseUrls: { chat: `${origin}/v1`, messages: origin, responses: `${origin}/v1` },
  profiles: {},
  costKind: 'local',
  auth: noKey,
  probe: 'model-list',
  attributes: { local: true },
  ...rest,
});

export const litellm: UpstreamDefinition = {
  name: 'litellm',
  dialect: 'chat',
  baseUrls: {
    chat: 'http://127.0.0.1:4000/v1',
    messages: 'http://127.0.0.1:4000',
    responses: 'http://127.0.0.1:4000/v1',
  },
  profiles: {
    chat: {
      ...plainChat,
      capabilities: { images: true, imageUrls: true, imagesInResults: false, files: true },
      cacheMarks: true,
    },
    messages: { ...plainMessages, files: true, counts: true },
  },
  costKind: 'unknown',
  auth: optionalKey('LITELLM_API_KEY', 'LITELLM_MASTER_KEY'),
  modelList: litellmList,
  startHint: 'Start the proxy (`litellm --config config.yaml`), or set CCP_LITELLM_BASE_URL.',
  attributes: { local: false },
};

export const ollama = local('ollama', 'http://127.0.0.1:11434', {
  startHint: 'Start it with `ollama serve`, or set CCP_OLLAMA_BASE_URL.',
  modelHint: 'Try `ollama pull {model}`.',
  windowHint: 'Set OLLAMA_CONTEXT_LENGTH or num_ctx: Ollama cuts longer prompts without an error.',
  modelList: ollamaList,
});

export const lmstudio = local('lmstudio', 'http://127.0.0.1:1234', {
  startHint: 'Start its server (`lms server start`), or set CCP_LMSTUDIO_BASE_URL.',
  auth: optionalKey('LMSTUDIO_API_KEY'),
  modelList: lmstudioList,
});

const templateThinking = { ...plainChat, thinking: 'template' as const };

export const llamacpp = local('llamacpp', 'http://127.0.0.1:8080', {
  startHint: 'Start `llama-server --jinja -m MODEL.gguf`, or set CCP_LLAMACPP_BASE_URL.',
  auth: optionalKey('LLAMACPP_API_KEY'),
  profiles: { chat: templateThinking, messages: { ...plainMessages, counts: true } },
  modelList: llamacppList,
});

export const vllm = local('vllm', 'http://127.0.0.1:8000', {
  startHint: 'Start `vllm serve MODEL --enable-auto-tool-choice --tool-call-parser …`, or set CCP_VLLM_BASE_URL.',
  auth: optionalKey('VLLM_API_KEY'),
  profiles: { chat: templateThinking },
  modelList: rootList,
});
