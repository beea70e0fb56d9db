/**
 * What hosted searches found, as Anthropic's result blocks and citations. The upstream names the pages of a search by
 * their addresses; their titles come only with the text that cites them.
 */
import type { SearchCitation, SearchOutcome } from '../../../wire/anthropic.ts';
import { asNumber, asObject, asString, type JsonObject } from '../../../wire/json.ts';
import { isBlocked, queryOf, type Source, sourcesOf, type WebSearch } from './web-search.ts';

/** A quotation is a hint of the place, not the page. */
const citedCharacters = 150;

export interface FoundPages {
  readonly id: string;
  readonly query: string;
  readonly failed: boolean;
  /** `undefined`: the upstream did not say; what the text cites is what was found. */
  readonly sources: readonly Source[] | undefined;
  /** Nothing about it can still become known. */
  readonly complete: boolean;
}

export class SearchResults {
  readonly #blockedDomains: readonly string[];
  readonly #titles = new Map<string, string>();
  readonly #cited = new Set<string>();
  readonly #texts = new Map<string, string>();
  #count = 0;

  constructor(search: WebSearch | undefined) {
    this.#blockedDomains = search?.blockedDomains ?? [];
  }

  get count(): number {
    return this.#count;
  }

  /** Text that citations point into, by its place. */
  read(place: string, text: string): void {
    if (this.#count > 0) this.#texts.set(place, (this.#texts.get(place) ?? '') + text);
  }

  /** `undefined` for what is no search of its own: a page opened, a word looked up in it. */
  found(item: JsonObject, id: string): FoundPages | undefined {
    const kind = asString(asObject(item.action).type) ?? 'search';
    const failed = item.status === 'failed';
    if (kind !== 'search') return undefined;
    this.#count += 1;
    const sources = sourcesOf(item);
    return {
      id,
      query: queryOf(item),
      failed,
      sources: sources.length > 0 ? sources : undefined,
      complete: failed || (sources.length > 0 && sources.every(({ title }) => title !== undefined)),
    };
  }

  /** The citation to show; `undefined` when there was no search, or it was shown already. */
  cite(place: string, annotation: JsonObject): SearchCitation | undefined {
    const url = asString(annotation.url);
    if (annotation.type !== 'url_citation' || url === undefined || this.#count === 0) return undefined;
    const title = asString(annotation.title) ?? url;
    if (!this.#titles.has(url)) this.#titles.set(url, title);
    const [start, end] = [asNumber(annotation.start_index) ?? 0, asNumber(annotation.end_index) ?? 0];
    const citation = `${place} ${start} ${end} ${url}`;
    if (this.#cited.has(citation) || isBlocked(url, this.#blockedDomains)) return undefined;
    this.#cited.add(citation);
    const cited = wholeCharacters((this.#texts.get(place) ?? '').slice(start, Math.min(end, start + citedCharacters)));
    return { type: 'web_search_result_location', url, title, cited_text: cited, encrypted_index: '' };
  }

  outcome({ failed, sources }: FoundPages): SearchOutcome {
    if (failed) return { type: 'web_search_tool_result_error', error_code: 'unavailable' };
    const pages = sources ?? [...this.#titles].map(([url, title]) => ({ url, title }));
    return pages
      .filter(({ url }) => !isBlocked(url, this.#blockedDomains))
      .map(({ url, title }) => ({
        type: 'web_search_result',
        url,
        title: title ?? this.#titles.get(url) ?? url,
        encrypted_content: '',
        page_age: null,
      }));
  }
}

/** A cut may fall between the two halves of a character. */
const wholeCharacters = (text: string): string => text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '');
