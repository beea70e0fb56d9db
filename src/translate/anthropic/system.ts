/** The system prompt as texts, and the rejection of features that only Anthropic supports. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asArray, asString, type JsonObject } from '../../wire/json.ts';

const attribution = 'x-anthropic-billing-header:';

export const isAttribution = (text: string | undefined): boolean => text?.startsWith(attribution) ?? false;

/** The blocks that are forwarded: those with text, without the attribution block. */
export const systemBlocks = (system: MessagesRequest['system']): JsonObject[] =>
  (typeof system === 'string' ? [{ type: 'text', text: system }] : [...(system ?? [])]).filter(
    (block) => asString(block.text) !== '' && !isAttribution(asString(block.text)),
  );

/** Without the attribution block, which changes with each conversation and would invalidate the prompt cache. */
export function systemTexts(system: MessagesRequest['system']): string[] {
  return systemBlocks(system).flatMap((block) => asString(block.text) ?? []);
}

/**
 * Rejects a request with MCP servers, to which Anthropic would connect itself.
 * @throws CcpError `cannot_carry`.
 */
export const assertNoMcpServers = ({ raw }: MessagesRequest): void => {
  if (asArray(raw.mcp_servers).length > 0)
    throw new CcpError(
      'cannot_carry',
      'MCP servers given in the request (`mcp_servers`) cannot be reached by this upstream.',
    );
};
