/** An upstream as the user sees it: a name, a dialect, an address, a credential. */
import type { CostKind } from '../../models/types.ts';
import type { ChatQuirks } from '../chat/profile.ts';
import type { PassthroughQuirks } from '../passthrough/profile.ts';

export const dialectNames = ['responses', 'chat', 'messages'] as const;
export type DialectName = (typeof dialectNames)[number];

/** How an upstream tells which models it has. */
export type ListKind =
  | 'codex'
  | 'openai'
  | 'kimi'
  | 'openrouter'
  | 'litellm'
  | 'ollama'
  | 'lmstudio'
  | 'llamacpp'
  | 'vllm';

export interface UpstreamAuth {
  readonly type: 'bearer' | 'x-api-key' | 'none';
  /** Variables that may hold the credential, the first the one to name. */
  readonly env: readonly string[];
  /** It may be asked without. */
  readonly optional: boolean;
}

export interface UpstreamEntry {
  readonly name: string;
  readonly dialect: DialectName;
  readonly baseUrl: string;
  readonly costKind: CostKind;
  readonly auth: UpstreamAuth;
  readonly chat: ChatQuirks;
  readonly messages: PassthroughQuirks;
  /** Claude Code's own login may be passed on to it. */
  readonly clientLogin: boolean;
  /** What to start when nobody listens. */
  readonly startHint?: string | undefined;
  /** What to do about a model that is not there; `{model}` is its id. */
  readonly modelHint?: string | undefined;
  readonly list?: ListKind | undefined;
}
