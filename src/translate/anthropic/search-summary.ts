import { asString, type JsonObject, objectsOf } from '../../wire/json.ts';

/** Results of an earlier answer, as words the model reads again. */
export function searchSummary(block: JsonObject): string {
  const results = objectsOf(block.content).filter((result) => result.type === 'web_search_result');
  if (results.length === 0) return '[web search without results]';
  const lines = results.map((result) => `- ${asString(result.title) ?? ''} ${asString(result.url) ?? ''}`.trimEnd());
  return `[web search results]\n${lines.join('\n')}`;
}

/** A `search_result` block in words. */
export function searchResultText(block: JsonObject): string {
  const lines = objectsOf(block.content).map((part) => asString(part.text) ?? '');
  const head = [asString(block.title), asString(block.source)].filter((part) => part !== undefined).join(' · ');
  return `<search_result ${head}>\n${lines.join('\n')}\n</search_result>`;
}
