/** Kimi Code's plan, and Moonshot's API with an API key. */
import { type ChatProfile, plainChat } from '../../translate/dialects/chat/profile.ts';
import { plainMessages } from '../../translate/dialects/messages/profile.ts';
import { apiKey, type UpstreamDefinition } from '../definition.ts';
import { kimiList, plainList } from '../model-lists.ts';
import { kimiUsages } from '../quotas/kimi-usages.ts';

const chat: ChatProfile = {
  ...plainChat,
  replay: 'text',
  thinkingBesideCalls: true,
  structured: 'json_object',
  capabilities: { images: true, imageUrls: false, imagesInResults: true, files: false },
  inlineThinking: false,
  sampling: false,
};

export const kimi: UpstreamDefinition = {
  name: 'kimi',
  dialect: 'messages',
  baseUrls: { messages: 'https://api.kimi.com/coding', chat: 'https://api.kimi.com/coding/v1' },
  profiles: {
    chat: {
      ...chat,
      tokenField: 'max_completion_tokens',
      thinking: 'type-with-effort',
      sessionField: 'prompt_cache_key',
    },
    messages: { ...plainMessages, efforts: 'low-high-max' },
  },
  costKind: 'plan',
  auth: apiKey('bearer', 'CCP_KIMI_API_KEY'),
  // The host accepts only known coding agents, including Claude Code, by their user agent.
  forwardedHeaders: 'user-agent',
  login: { flow: 'kimi', authUrl: 'https://auth.kimi.com' },
  quotaEndpoint: kimiUsages,
  modelList: kimiList,
  attributes: { local: false },
  settings: ['baseUrl', 'dialect', 'authUrl'],
};

export const moonshot: UpstreamDefinition = {
  name: 'moonshot',
  dialect: 'messages',
  baseUrls: { chat: 'https://api.moonshot.ai/v1', messages: 'https://api.moonshot.ai/anthropic' },
  profiles: {
    chat: { ...chat, thinking: 'type-or-effort' },
    messages: { ...plainMessages, efforts: 'low-high-max' },
  },
  costKind: 'metered',
  auth: apiKey('bearer', 'MOONSHOT_API_KEY'),
  modelList: plainList,
  attributes: { local: false },
};
