/** The pages and citations of hosted searches. The order of the blocks is in `answer.test.ts`. */
import { describe, expect, it } from 'vitest';
import { plainResponses } from '../../../../src/translate/dialects/responses/profile.ts';
import { SearchResults } from '../../../../src/translate/dialects/responses/search-results.ts';
import { webSearchOf } from '../../../../src/translate/dialects/responses/web-search.ts';

const search = (more: object = {}) => ({ action: { type: 'search', query: 'q', ...more } });
const cite = (url: string, title?: string, start_index?: number, end_index?: number) => ({
  type: 'url_citation',
  url,
  title,
  start_index,
  end_index,
});
/** Results after one search. */
const make = (blocked_domains: string[] = []) => {
  const results = new SearchResults(webSearchOf({ blocked_domains }, plainResponses));
  const found = results.found(search(), 'id');
  if (found === undefined) throw new Error('no search');
  return { results, found };
};

describe('the pages of a search', () => {
  const found = (item: object) => new SearchResults(undefined).found({ ...item }, 'id');

  it('are known with their titles, or wait for them', () => {
    const sources = [{ url: 'https://a', title: 'A' }, { url: 'https://b' }];
    expect(found(search({ sources }))).toEqual({
      id: 'id',
      query: 'q',
      failed: false,
      sources: [
        { url: 'https://a', title: 'A' },
        { url: 'https://b', title: undefined },
      ],
      complete: false,
    });
    expect(found(search({ sources: sources.slice(0, 1) }))?.complete).toBe(true);
    expect(found(search({ sources: [] }))).toMatchObject({ sources: undefined, complete: false });
    expect(found({ ...search(), status: 'failed' })).toMatchObject({ failed: true, complete: true });
    expect(found({})).toMatchObject({ query: '', failed: false });
    expect(found(search({ type: 'open_page' }))).toBeUndefined();
  });

  it('are counted', () => {
    const { results } = make();
    results.found(search({ type: 'find_in_page' }), 'id');
    expect(results.count).toBe(1);
    results.found(search(), 'id');
    expect(results.count).toBe(2);
  });

  it('are a result block without blocked pages, with the titles of the citations', () => {
    const { results, found: pages } = make(['blocked.example']);
    results.takeCitation('part', cite('https://a', 'A'));
    results.takeCitation('part', cite('https://a', 'Second title'));
    results.takeCitation('part', cite('https://blocked.example', 'B'));
    const page = (url: string, title: string) => ({
      type: 'web_search_result',
      url,
      title,
      encrypted_content: '',
      page_age: null,
    });
    expect(results.outcome(pages)).toEqual([page('https://a', 'A')]);
    const sources = [
      { url: 'https://a', title: undefined },
      { url: 'https://b', title: 'Own' },
      { url: 'https://c', title: undefined },
    ];
    expect(results.outcome({ ...pages, sources })).toEqual([
      page('https://a', 'A'),
      page('https://b', 'Own'),
      page('https://c', 'https://c'),
    ]);
    expect(results.outcome({ ...pages, failed: true })).toEqual({
      type: 'web_search_tool_result_error',
      error_code: 'unavailable',
    });
  });
});

describe('a citation', () => {
  it('has the cited text of its part', () => {
    const { results } = make();
    results.read('one', 'a heron ');
    results.read('one', 'stands');
    results.read('two', 'other');
    expect(results.takeCitation('one', cite('https://a', 'A', 2, 14))).toEqual({
      type: 'web_search_result_location',
      url: 'https://a',
      title: 'A',
      cited_text: 'heron stands',
      encrypted_index: '',
    });
    expect(results.takeCitation('two', cite('https://a', undefined, 0, 5))).toMatchObject({
      title: 'https://a',
      cited_text: 'other',
    });
    expect(results.takeCitation('three', cite('https://a', 'A', 0, 5))).toMatchObject({ cited_text: '' });
    expect(results.takeCitation('one', cite('https://b'))).toMatchObject({ cited_text: '' });
  });

  it('has whole characters at both ends, and keeps those between', () => {
    const { results } = make();
    results.read('one', '👩a👩b👩');
    expect(results.takeCitation('one', cite('https://a', 'A', 1, 7))).toMatchObject({ cited_text: 'a👩b' });
  });

  it('is limited in its text', () => {
    const { results } = make();
    results.read('one', 'x'.repeat(500));
    expect(results.takeCitation('one', cite('https://a', 'A', 100, 500))).toMatchObject({
      cited_text: 'x'.repeat(150),
    });
  });

  it('is returned once for each place', () => {
    const { results } = make();
    expect(results.takeCitation('one', cite('https://a', 'A', 0, 5))).toBeDefined();
    expect(results.takeCitation('one', cite('https://a', 'A', 0, 5))).toBeUndefined();
    expect(results.takeCitation('one', cite('https://a', 'A', 1, 5))).toBeDefined();
    expect(results.takeCitation('one', cite('https://a', 'A', 1, 6))).toBeDefined();
    expect(results.takeCitation('two', cite('https://a', 'A', 0, 5))).toBeDefined();
    expect(results.takeCitation('one', cite('https://b', 'A', 0, 5))).toBeDefined();
  });

  it('needs a search before it, an address and the right kind', () => {
    const results = new SearchResults(undefined);
    results.read('one', 'before ');
    expect(results.takeCitation('one', cite('https://a'))).toBeUndefined();
    results.found(search(), 'id');
    results.read('one', 'after');
    expect(results.takeCitation('one', { type: 'url_citation' })).toBeUndefined();
    expect(results.takeCitation('one', { ...cite('https://a'), type: 'file_citation' })).toBeUndefined();
    expect(results.takeCitation('one', cite('https://a', 'A', 0, 5))).toMatchObject({ cited_text: 'after' });
  });
});
