/**
 * Results of hosted searches as Anthropic result blocks and citations. The upstream lists the pages of a search by URL;
 * the titles arrive only with the citations in the text.
 */
import type { SearchCitation, SearchOutcome } from '../../../wire/anthropic.ts';
import { asNumber, asObject, asString, type JsonObject } from '../../../wire/json.ts';
import { isBlocked, queryOf, type Source, sourcesOf, type WebSearch } from './web-search.ts';

/** Maximum length of `cited_text`, which only identifies the cited passage. */
const maxCitedChars = 150;

export interface FoundPages {
  readonly id: string;
  readonly query: string;
  readonly failed: boolean;
  /** `undefined` if the upstream lists no pages; the pages cited in the text are used instead. */
  readonly sources: readonly Source[] | undefined;
  /** The search failed or all titles are known, so later text adds nothing. */
  readonly complete: boolean;
}

export class SearchResults {
  readonly #blockedDomains: readonly string[];
  readonly #titles = new Map<string, string>();
  readonly #returnedCitations = new Set<string>();
  readonly #texts = new Map<string, string>();
  #count = 0;

  constructor(search: WebSearch | undefined) {
    this.#blockedDomains = search?.blockedDomains ?? [];
  }

  get count(): number {
    return this.#count;
  }

  /** Records the text that citations index into. @param partKey key of the text part. */
  read(partKey: string, text: string): void {
    if (this.#count > 0) this.#texts.set(partKey, (this.#texts.get(partKey) ?? '') + text);
  }

  /** @returns `undefined` for actions other than a search, such as opening a page or finding text in it. */
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

  /**
   * @param partKey key of the text part.
   * @returns `undefined` if there was no search, the page is blocked, or the citation was already returned.
   */
  takeCitation(partKey: string, annotation: JsonObject): SearchCitation | undefined {
    const url = asString(annotation.url);
    if (annotation.type !== 'url_citation' || url === undefined || this.#count === 0) return undefined;
    const title = asString(annotation.title) ?? url;
    if (!this.#titles.has(url)) this.#titles.set(url, title);
    const [start, end] = [asNumber(annotation.start_index) ?? 0, asNumber(annotation.end_index) ?? 0];
    const citationKey = `${partKey} ${start} ${end} ${url}`;
    if (this.#returnedCitations.has(citationKey) || isBlocked(url, this.#blockedDomains)) return undefined;
    this.#returnedCitations.add(citationKey);
    const citedText = trimHalfSurrogates(
      (this.#texts.get(partKey) ?? '').slice(start, Math.min(end, start + maxCitedChars)),
    );
    return { type: 'web_search_result_location', url, title, cited_text: citedText, encrypted_index: '' };
  }

  /** The content of the search's result block, without blocked pages. */
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

/** Removes half of a surrogate pair at either end of a slice. */
const trimHalfSurrogates = (text: string): string => text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '');
