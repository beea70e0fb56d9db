/** Anthropic's API, with an API key or with Claude Code's own login. */
import { apiKey, type UpstreamDefinition } from '../definition.ts';

export const anthropic: UpstreamDefinition = {
  name: 'anthropic',
  dialect: 'messages',
  baseUrls: { messages: 'https://api.anthropic.com' },
  profiles: { messages: { native: true, efforts: 'as-requested', images: true, files: true, counts: true } },
  costKind: 'metered',
  auth: apiKey('x-api-key', 'ANTHROPIC_API_KEY'),
  forwardedHeaders: 'all',
  acceptsClientLogin: true,
  hasClientModels: true,
  smallModel: 'claude-haiku-5-5',
  credentialHint:
    'Run `ccp auth login anthropic`, set ANTHROPIC_API_KEY, or log Claude Code in (`claude /login`) and launch on this model.',
  attributes: { local: false },
  settings: ['baseUrl'],
};
