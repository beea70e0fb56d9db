/** One registered upstream per dialect, for tests that cover every dialect. */
import type { Upstream } from '../../src/upstreams/upstream.ts';
import { type Encoder, encodeChat, encodeGemini, encodeMessages } from './dialect-scripts.ts';
import { upstreamNamed } from './upstreams.ts';

const custom = (dialect: string): Upstream =>
  upstreamNamed('custom', { custom: { custom: { dialect, baseUrl: 'http://127.0.0.1:1' } } });

export const upstreamOfDialect: Readonly<Record<string, Upstream>> = {
  responses: upstreamNamed('codex'),
  chat: custom('chat'),
  messages: custom('messages'),
  gemini: upstreamNamed('gemini'),
};

/** Encoders of the dialects whose streams are built from the common steps. */
export const encoders: Readonly<Record<string, Encoder>> = {
  chat: encodeChat,
  messages: encodeMessages,
  gemini: encodeGemini,
};
