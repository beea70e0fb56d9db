/** The system prompt as texts, and what no other upstream than Anthropic's can do. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asArray, asString } from '../../wire/json.ts';

const attribution = 'x-anthropic-billing-header:';

export const isAttribution = (text: string | undefined): boolean => text?.startsWith(attribution) ?? false;

/** The attribution block changes from conversation to conversation and would break the prompt cache. */
export function systemTexts(system: MessagesRequest['system']): string[] {
  const blocks = typeof system === 'string' ? [system] : (system ?? []).map((block) => asString(block.text) ?? '');
  return blocks.filter((text) => text !== '' && !isAttribution(text));
}

/** Servers that Anthropic would connect to itself. */
export const refuseServers = ({ raw }: MessagesRequest): void => {
  if (asArray(raw.mcp_servers).length > 0)
    throw new CcpError(
      'cannot_carry',
      'MCP servers given in the request (`mcp_servers`) cannot be reached by this upstream.',
    );
};
