/** The hosted searches of one response as output items. Results are buffered until their page titles are known. */
import type { JsonObject } from '../../../wire/json.ts';
import type { BlockSequence } from '../../anthropic/sequence.ts';
import type { Outputs } from '../../output.ts';
import { type FoundPages, SearchResults } from './search-results.ts';
import type { ResponsesTools } from './tools.ts';

export interface SearchOptions {
  readonly outputs: Outputs;
  readonly tools: ResponsesTools;
  readonly newId: (prefix: string) => string;
}

export class SearchItems {
  readonly #options: SearchOptions;
  readonly #sequence: BlockSequence;
  readonly #results: SearchResults;
  /** Started searches, with their pages once known. */
  readonly #open = new Map<string, FoundPages | undefined>();

  constructor(options: SearchOptions, sequence: BlockSequence) {
    this.#options = options;
    this.#sequence = sequence;
    this.#results = new SearchResults(options.tools.search);
  }

  get count(): number {
    return this.#results.count;
  }

  begin(key: string): void {
    if (this.#options.tools.search === undefined || this.#open.has(key)) return;
    this.#open.set(key, undefined);
    this.#sequence.begin(key);
  }

  /**
   * Writes the search and, if possible, its results. When the request has only the search tool, results without titles
   * wait for the text that cites them. With other tools they are written at once.
   */
  finish(key: string, item: JsonObject): void {
    const { tools, outputs, newId } = this.#options;
    const { search } = tools;
    if (search === undefined || this.#sequence.isDone(key) || this.#open.get(key) !== undefined) return;
    this.begin(key);
    const pages = this.#results.found(item, newId('srvtoolu'));
    if (pages === undefined) return this.#end(key);
    this.#open.set(key, pages);
    this.#sequence.write(key, 0, () => outputs.serverTool(pages.id, search.name, { query: pages.query }));
    if (pages.complete || (tools.functions.length > 0 && pages.sources !== undefined)) this.#show(key, pages);
  }

  /** Writes all buffered results. Called after a text item and at the end of the response: no more titles follow. */
  writePendingResults(): void {
    for (const [key, pages] of [...this.#open]) {
      if (pages === undefined) this.#end(key);
      else this.#show(key, pages);
    }
  }

  /** Writes the citation of a text part. */
  addCitation(key: string, part: number, annotation: JsonObject): void {
    const citation = this.#results.takeCitation(`${key} ${part}`, annotation);
    if (citation) this.#sequence.write(key, 0, () => this.#options.outputs.citation(citation));
  }

  /** Records text of a part, for the quoted text of citations. */
  read(key: string, part: number, text: string): void {
    this.#results.read(`${key} ${part}`, text);
  }

  #show(key: string, pages: FoundPages): void {
    this.#sequence.write(key, 0, () => this.#options.outputs.searchResult(pages.id, this.#results.outcome(pages)));
    this.#end(key);
  }

  #end(key: string): void {
    this.#open.delete(key);
    this.#sequence.finish(key);
  }
}
