/**
 * The usage that Claude Code is told. Its window is fixed at launch: on a smaller one it would compact too late, and run
 * into an error instead. So its usage is scaled by launch window / real window, and it compacts at the same share of the
 * real window. The meter, the ledger and the receipt keep the true numbers.
 */
import type { MessagesUsage } from '../wire/anthropic.ts';

/** @param clientWindow the context window that Claude Code knows, in tokens. */
export const scaleFor = (clientWindow: number, realWindow: number): number =>
  realWindow > 0 && realWindow < clientWindow ? clientWindow / realWindow : 1;

/** Scales the tokens in the context; the cache write details of Anthropic are left out, because they would not add up. */
export function scaledUsage(usage: MessagesUsage, scale: number): MessagesUsage {
  if (scale === 1) return usage;
  const scaled = (tokens: number) => Math.ceil(tokens * scale);
  return {
    input_tokens: scaled(usage.input_tokens),
    cache_creation_input_tokens: scaled(usage.cache_creation_input_tokens),
    cache_read_input_tokens: scaled(usage.cache_read_input_tokens),
    output_tokens: scaled(usage.output_tokens),
    ...(usage.server_tool_use ? { server_tool_use: usage.server_tool_use } : {}),
  };
}
