import { asString, type JsonObject, objectsOf } from '../../wire/json.ts';

/** Formats the search results of an earlier response as text for the model. */
export function searchSummary(block: JsonObject): string {
  const results = objectsOf(block.content).filter((result) => result.type === 'web_search_result');
  if (results.length === 0) return '[web search without results]';
  const lines = results.map((result) => `- ${asString(result.title) ?? ''} ${asString(result.url) ?? ''}`.trimEnd());
  return `[web search results]\n${lines.join('\n')}`;
}

/** Formats a `search_result` block as text. */
export function searchResultText(block: JsonObject): string {
  const lines = objectsOf(block.content).map((part) => asString(part.text) ?? '');
  const heading = [asString(block.title), asString(block.source)].filter((part) => part !== undefined).join(' · ');
  return `<search_result ${heading}>\n${lines.join('\n')}\n</search_result>`;
}
