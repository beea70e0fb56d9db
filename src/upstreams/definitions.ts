/** The registry: every upstream that needs no settings, in the order in which ccp lists them. */
import type { UpstreamDefinition } from './definition.ts';
import { anthropic } from './definitions/anthropic.ts';
import { demo } from './definitions/demo.ts';
import { gemini } from './definitions/gemini.ts';
import { deepseek, openrouter, zai } from './definitions/hosts.ts';
import { kimi, moonshot } from './definitions/kimi.ts';
import { litellm, llamacpp, lmstudio, ollama, vllm } from './definitions/local.ts';
import { chatgpt, codex, openai } from './definitions/openai.ts';

export const definitions: readonly UpstreamDefinition[] = [
  codex,
  chatgpt,
  openai,
  anthropic,
  kimi,
  gemini,
  openrouter,
  deepseek,
  moonshot,
  zai,
  litellm,
  ollama,
  lmstudio,
  llamacpp,
  vllm,
  demo,
];
