/** Hosts with an API key. Sources: each host's own API reference and published client code, 2026-11. */
import { plainChat } from '../../translate/dialects/chat/profile.ts';
import { plainMessages } from '../../translate/dialects/messages/profile.ts';
import { apiKey, type UpstreamDefinition } from '../definition.ts';
import { openrouterList, plainList } from '../model-lists.ts';

export const openrouter: UpstreamDefinition = {
  name: 'openrouter',
  dialect: 'chat',
  baseUrls: { chat: 'https://openrouter.ai/api/v1', messages: 'https://openrouter.ai/api' },
  profiles: {
    chat: {
      ...plainChat,
      thinking: 'reasoning',
      replay: 'details',
      capabilities: { images: true, imageUrls: true, imagesInResults: false, files: true },
      sessionField: 'session_id',
      inlineThinking: false,
      cacheMarks: true,
      extra: { usage: { include: true } },
    },
    messages: { ...plainMessages, files: true },
  },
  costKind: 'metered',
  auth: apiKey('bearer', 'OPENROUTER_API_KEY'),
  modelList: openrouterList,
  attributes: { local: false },
};

export const deepseek: UpstreamDefinition = {
  name: 'deepseek',
  dialect: 'messages',
  baseUrls: { chat: 'https://api.deepseek.com', messages: 'https://api.deepseek.com/anthropic' },
  profiles: {
    chat: {
      ...plainChat,
      thinking: 'type-and-effort',
      replay: 'text',
      thinkingBesideCalls: true,
      forcedTools: false,
      structured: 'json_object',
      capabilities: { images: false, imageUrls: false, imagesInResults: false, files: false },
      inlineThinking: false,
    },
    messages: { ...plainMessages, images: false, efforts: 'high-max' },
  },
  costKind: 'metered',
  auth: apiKey('bearer', 'DEEPSEEK_API_KEY'),
  authTypes: { messages: 'x-api-key' },
  modelList: plainList,
  attributes: { local: false },
};

export const zai: UpstreamDefinition = {
  name: 'zai',
  dialect: 'messages',
  baseUrls: { chat: 'https://api.z.ai/api/paas/v4', messages: 'https://api.z.ai/api/anthropic' },
  profiles: {
    chat: {
      ...plainChat,
      thinking: 'type',
      replay: 'text',
      structured: 'json_object',
      inlineThinking: false,
      extra: { tool_stream: true },
    },
  },
  costKind: 'metered',
  auth: apiKey('bearer', 'ZAI_API_KEY'),
  modelList: plainList,
  attributes: { local: false },
};
