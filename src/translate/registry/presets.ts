/**
 * The upstreams that need no settings. Sources: each host's own API reference and published client code, 2026-11.
 * Addresses differ by dialect; a user's own `baseUrl` stands above them.
 */
import type { CostKind } from '../../models/types.ts';
import { type ChatQuirks, plainChat } from '../chat/profile.ts';
import { type PassthroughQuirks, plainPassthrough } from '../passthrough/profile.ts';
import type { DialectName, ListKind, UpstreamAuth } from './entry.ts';

export interface Preset {
  readonly name: string;
  /** The dialect it speaks best, and where it speaks which. */
  readonly dialect: DialectName;
  readonly baseUrls: Partial<Readonly<Record<DialectName, string>>>;
  readonly costKind: CostKind;
  readonly auth: UpstreamAuth;
  /** Where the Messages endpoint wants it another way. */
  readonly messagesAuth?: UpstreamAuth['type'];
  readonly chat: ChatQuirks;
  readonly messages: PassthroughQuirks;
  readonly startHint?: string;
  readonly modelHint?: string;
  readonly list?: ListKind;
}

const key = (...env: string[]): UpstreamAuth => ({ type: 'bearer', env, optional: false });
const maybeKey = (...env: string[]): UpstreamAuth => ({ type: 'bearer', env, optional: true });
const noKey: UpstreamAuth = { type: 'none', env: [], optional: true };

const seeing = { images: true, imageUrls: false, imagesInResults: true, files: false };
const blind = { images: false, imageUrls: false, imagesInResults: false, files: false };

const local = (
  name: string,
  origin: string,
  list: ListKind,
  startHint: string,
  more: Partial<Preset> = {},
): Preset => ({
  name,
  dialect: 'chat',
  baseUrls: { chat: `${origin}/v1`, messages: origin, responses: `${origin}/v1` },
  costKind: 'local',
  auth: noKey,
  chat: plainChat,
  messages: plainPassthrough,
  startHint,
  list,
  ...more,
});

export const presets: readonly Preset[] = [
  {
    name: 'anthropic',
    dialect: 'messages',
    baseUrls: { messages: 'https://api.anthropic.com' },
    costKind: 'metered',
    auth: { type: 'x-api-key', env: ['ANTHROPIC_API_KEY'], optional: false },
    chat: plainChat,
    messages: { native: true, clientHeaders: 'all', efforts: 'as-asked', images: true, files: true, counts: true },
  },
  {
    name: 'kimi',
    dialect: 'messages',
    baseUrls: { messages: 'https://api.kimi.com/coding', chat: 'https://api.kimi.com/coding/v1' },
    costKind: 'plan',
    auth: key('CCP_KIMI_API_KEY'),
    chat: {
      ...plainChat,
      tokenField: 'max_completion_tokens',
      thinking: 'kimi',
      replay: 'text',
      thinkingBesideCalls: true,
      structured: 'json_object',
      capabilities: seeing,
      sessionField: 'prompt_cache_key',
      inlineThinking: false,
      sampling: false,
    },
    // The host lets coding agents in, Claude Code among them, by their user agent.
    messages: { ...plainPassthrough, clientHeaders: 'user-agent', efforts: 'low-high-max' },
    list: 'kimi',
  },
  {
    name: 'openrouter',
    dialect: 'chat',
    baseUrls: { chat: 'https://openrouter.ai/api/v1', messages: 'https://openrouter.ai/api' },
    costKind: 'metered',
    auth: key('OPENROUTER_API_KEY'),
    chat: {
      ...plainChat,
      thinking: 'openrouter',
      replay: 'details',
      capabilities: { images: true, imageUrls: true, imagesInResults: false, files: true },
      sessionField: 'session_id',
      inlineThinking: false,
      cacheMarks: true,
      extra: { usage: { include: true } },
    },
    messages: { ...plainPassthrough, files: true },
    list: 'openrouter',
  },
  {
    name: 'deepseek',
    dialect: 'messages',
    baseUrls: { chat: 'https://api.deepseek.com', messages: 'https://api.deepseek.com/anthropic' },
    costKind: 'metered',
    auth: key('DEEPSEEK_API_KEY'),
    messagesAuth: 'x-api-key',
    chat: {
      ...plainChat,
      thinking: 'type-and-effort',
      replay: 'text',
      thinkingBesideCalls: true,
      forcedTools: false,
      structured: 'json_object',
      capabilities: blind,
      inlineThinking: false,
    },
    messages: { ...plainPassthrough, images: false, efforts: 'high-max' },
    list: 'openai',
  },
  {
    name: 'moonshot',
    dialect: 'messages',
    baseUrls: { chat: 'https://api.moonshot.ai/v1', messages: 'https://api.moonshot.ai/anthropic' },
    costKind: 'metered',
    auth: key('MOONSHOT_API_KEY'),
    chat: {
      ...plainChat,
      thinking: 'moonshot',
      replay: 'text',
      thinkingBesideCalls: true,
      structured: 'json_object',
      capabilities: seeing,
      inlineThinking: false,
      sampling: false,
    },
    messages: { ...plainPassthrough, efforts: 'low-high-max' },
    list: 'openai',
  },
  {
    name: 'zai',
    dialect: 'messages',
    baseUrls: { chat: 'https://api.z.ai/api/paas/v4', messages: 'https://api.z.ai/api/anthropic' },
    costKind: 'metered',
    auth: key('ZAI_API_KEY'),
    chat: {
      ...plainChat,
      thinking: 'zai',
      replay: 'text',
      structured: 'json_object',
      inlineThinking: false,
      extra: { tool_stream: true },
    },
    messages: plainPassthrough,
    list: 'openai',
  },
  {
    name: 'litellm',
    dialect: 'chat',
    baseUrls: {
      chat: 'http://127.0.0.1:4000/v1',
      messages: 'http://127.0.0.1:4000',
      responses: 'http://127.0.0.1:4000/v1',
    },
    costKind: 'unknown',
    auth: maybeKey('LITELLM_API_KEY', 'LITELLM_MASTER_KEY'),
    chat: {
      ...plainChat,
      capabilities: { images: true, imageUrls: true, imagesInResults: false, files: true },
      cacheMarks: true,
    },
    messages: { ...plainPassthrough, files: true, counts: true },
    startHint: 'Start the proxy (`litellm --config config.yaml`), or set CCP_LITELLM_BASE_URL.',
    list: 'litellm',
  },
  local('ollama', 'http://127.0.0.1:11434', 'ollama', 'Start it with `ollama serve`, or set CCP_OLLAMA_BASE_URL.', {
    modelHint: 'Try `ollama pull {model}`.',
  }),
  local(
    'lmstudio',
    'http://127.0.0.1:1234',
    'lmstudio',
    'Start its server (`lms server start`), or set CCP_LMSTUDIO_BASE_URL.',
    { auth: maybeKey('LMSTUDIO_API_KEY') },
  ),
  local(
    'llamacpp',
    'http://127.0.0.1:8080',
    'llamacpp',
    'Start `llama-server --jinja -m MODEL.gguf`, or set CCP_LLAMACPP_BASE_URL.',
    {
      auth: maybeKey('LLAMACPP_API_KEY'),
      chat: { ...plainChat, thinking: 'template' },
      messages: { ...plainPassthrough, counts: true },
    },
  ),
  local(
    'vllm',
    'http://127.0.0.1:8000',
    'vllm',
    'Start `vllm serve MODEL --enable-auto-tool-choice --tool-call-parser …`, or set CCP_VLLM_BASE_URL.',
    { auth: maybeKey('VLLM_API_KEY'), chat: { ...plainChat, thinking: 'template' } },
  ),
];
