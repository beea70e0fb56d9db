/** What a request for a web search is answered where there is none. */
import type { Hash } from '../../ports/randomness.ts';
import { type MessagesRequest, noUsage } from '../../wire/anthropic.ts';
import { asString } from '../../wire/json.ts';
import type { Prepared } from '../dialect.ts';
import type { ToolTable } from './tool-table.ts';

/** A request for nothing but a search that cannot be had is answered so, and never hangs. */
export function searchlessAnswer(
  request: MessagesRequest,
  { searchTool, functions }: Pick<ToolTable, 'searchTool' | 'functions'>,
  hash: Hash,
): Prepared['withoutSearch'] {
  if (searchTool === undefined || functions.length > 0) return undefined;
  return (writer) => {
    const query = lastWords(request);
    const id = `srvtoolu_${hash(query).slice(0, 24)}`;
    writer.serverTool(id, asString(searchTool.name) ?? 'web_search', { query });
    writer.searchResult(id, { type: 'web_search_tool_result_error', error_code: 'unavailable' });
    writer.text('This upstream cannot search the web for this account. Switch the model, or search another way.');
    return { end: { stopReason: 'end_turn', stopSequence: null, usage: noUsage }, abort: false, measured: true };
  };
}

function lastWords({ messages }: MessagesRequest): string {
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  return typeof content === 'string' ? content : content.map((block) => asString(block.text) ?? '').join(' ');
}
