/** Google's Gemini API, in its own dialect. Source: public API reference, 2026-11. */
import { apiKey, type UpstreamDefinition } from '../definition.ts';
import { geminiList } from '../model-lists.ts';

export const gemini: UpstreamDefinition = {
  name: 'gemini',
  dialect: 'gemini',
  baseUrls: { gemini: 'https://generativelanguage.googleapis.com' },
  profiles: {},
  costKind: 'metered',
  auth: apiKey('x-goog-api-key', 'GEMINI_API_KEY', 'GOOGLE_API_KEY'),
  modelList: geminiList,
  smallModel: 'gemini-3.5-flash-lite',
  attributes: { local: false },
};
