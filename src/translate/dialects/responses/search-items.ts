/** The hosted searches of one answer as output items: each in its turn, what it found held until it has its titles. */
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
  /** Begun, with what was found when that is known. */
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

  /** Where nothing but a search was asked for, results wait for the text that gives them titles; else they go at once. */
  finish(key: string, item: JsonObject): void {
    const { tools, outputs, newId } = this.#options;
    const { search } = tools;
    if (search === undefined || this.#sequence.isDone(key) || this.#open.get(key) !== undefined) return;
    this.begin(key);
    const found = this.#results.found(item, newId('srvtoolu'));
    if (found === undefined) return this.#end(key);
    this.#open.set(key, found);
    this.#sequence.write(key, 0, () => outputs.serverTool(found.id, search.name, { query: found.query }));
    if (found.complete || (tools.functions.length > 0 && found.sources !== undefined)) this.#show(key, found);
  }

  /** Text has been said, or the answer is over: there will be no more titles. */
  showFound(): void {
    for (const [key, found] of [...this.#open]) {
      if (found === undefined) this.#end(key);
      else this.#show(key, found);
    }
  }

  /** A page that the text rests on. */
  cite(key: string, part: number, annotation: JsonObject): void {
    const citation = this.#results.cite(`${key} ${part}`, annotation);
    if (citation) this.#sequence.write(key, 0, () => this.#options.outputs.citation(citation));
  }

  read(key: string, part: number, text: string): void {
    this.#results.read(`${key} ${part}`, text);
  }

  #show(key: string, found: FoundPages): void {
    this.#sequence.write(key, 0, () => this.#options.outputs.searchResult(found.id, this.#results.outcome(found)));
    this.#end(key);
  }

  #end(key: string): void {
    this.#open.delete(key);
    this.#sequence.finish(key);
  }
}
