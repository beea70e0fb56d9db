/** The response to a web search request when the upstream has no web search. */
import type { Hash } from '../../ports/randomness.ts';
import { type MessagesRequest, noUsage } from '../../wire/anthropic.ts';
import { asString } from '../../wire/json.ts';
import type { Prepared } from '../dialect.ts';
import { Outputs } from '../output.ts';
import type { ToolTable } from './tool-table.ts';

/** Answers a request that consists only of a search, so that it never hangs. `undefined` for any other request. */
export function answerWithoutSearch(
  request: MessagesRequest,
  { searchTool, functions }: Pick<ToolTable, 'searchTool' | 'functions'>,
  hash: Hash,
): Prepared['answerWithoutSearch'] {
  if (searchTool === undefined || functions.length > 0) return undefined;
  return () => {
    const outputs = new Outputs();
    const query = lastUserText(request);
    const id = `srvtoolu_${hash(query).slice(0, 24)}`;
    outputs.serverTool(id, asString(searchTool.name) ?? 'web_search', { query });
    outputs.searchResult(id, { type: 'web_search_tool_result_error', error_code: 'unavailable' });
    outputs.text('This upstream cannot search the web for this account. Switch the model, or search another way.');
    const end = { stopReason: 'end_turn' as const, stopSequence: null, usage: noUsage };
    outputs.push({ type: 'end', ending: { end, abort: false, measured: true } });
    return outputs.take();
  };
}

function lastUserText({ messages }: MessagesRequest): string {
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  return typeof content === 'string' ? content : content.map((block) => asString(block.text) ?? '').join(' ');
}
