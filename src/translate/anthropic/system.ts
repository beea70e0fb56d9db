/** The system prompt as texts, and what no other upstream than Anthropic's can do. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asArray, asString, type JsonObject } from '../../wire/json.ts';

const attribution = 'x-anthropic-billing-header:';

export const isAttribution = (text: string | undefined): boolean => text?.startsWith(attribution) ?? false;

/** The blocks that are sent on. */
export const systemBlocks = (system: MessagesRequest['system']): JsonObject[] =>
  (typeof system === 'string' ? [{ type: 'text', text: system }] : [...(system ?? [])]).filter(
    (block) => asString(block.text) !== '' && !isAttribution(asString(block.text)),
  );

/** The attribution block changes from conversation to conversation and would break the prompt cache. */
export function systemTexts(system: MessagesRequest['system']): string[] {
  return systemBlocks(system).flatMap((block) => asString(block.text) ?? []);
}

/** Servers that Anthropic would connect to itself. */
export const refuseServers = ({ raw }: MessagesRequest): void => {
  if (asArray(raw.mcp_servers).length > 0)
    throw new CcpError(
      'cannot_carry',
      'MCP servers given in the request (`mcp_servers`) cannot be reached by this upstream.',
    );
};
