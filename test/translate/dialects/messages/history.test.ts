/** The conversation as another host takes it. */
import { describe, expect, it } from 'vitest';
import { sealReasoning } from '../../../../src/translate/anthropic/envelope.ts';
import type { PrepareOptions } from '../../../../src/translate/dialect.ts';
import type { MessagesProfile } from '../../../../src/translate/dialects/messages/profile.ts';
import { native, prepared } from '../../../support/messages.ts';
import { row } from '../../../support/routing.ts';

const text = (words: string) => ({ type: 'text', text: words });
const use = (id: string, name = 'Read') => ({ type: 'tool_use', id, name, input: { a: 1 } });
const result = (id: string, content: unknown = 'ok') => ({ type: 'tool_result', tool_use_id: id, content });
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const system = (content: unknown) => ({ role: 'system', content });
const missing = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: expect.stringMatching(/no result/) });

type Message = { role: string; content: any };
const history = (
  messages: unknown[],
  profile: Partial<MessagesProfile> = {},
  options: Partial<PrepareOptions> = {},
) => {
  const found = prepared({ messages }, profile, options);
  return { messages: JSON.parse(found.body.text).messages as Message[], warnings: found.warnings };
};
const told = (messages: unknown[], profile: Partial<MessagesProfile> = {}) => history(messages, profile).messages;

describe('messages', () => {
  it('in which nothing has to change are the client’s own', () => {
    const messages = [
      user('go'),
      assistant([text('Yes.'), use('a')]),
      user([result('a'), text('on')]),
      assistant('Done.'),
    ];
    expect(told(messages)).toEqual(messages);
    expect(told(messages, native)).toEqual(messages);
  });

  it('of one role in a row become one', () => {
    expect(told([user('a'), user([text('b')]), assistant('c'), assistant('d'), user('e')])).toEqual([
      user([text('a'), text('b')]),
      assistant([text('c'), text('d')]),
      user('e'),
    ]);
  });

  it('that are empty go, and what they kept apart comes together', () => {
    expect(told([user('a'), assistant(''), user('b')])).toEqual([user([text('a'), text('b')])]);
    expect(told([user('a'), assistant([]), user('b')])).toEqual([user([text('a'), text('b')])]);
    expect(told([assistant(''), assistant([])])).toEqual([user(expect.stringMatching(/\S/))]);
  });

  it('of the system in the middle become the user’s words, images and all', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } };
    const [first] = told([user('a'), system([text('one'), text('two'), image])]);
    expect(first?.role).toBe('user');
    expect(first?.content).toHaveLength(3);
    expect(first?.content[0]).toEqual(text('a'));
    expect(first?.content[1].text).toMatch(/^<system-reminder>\none\ntwo\s+<\/system-reminder>$/);
    expect(first?.content[2]).toEqual(image);
    expect(told([user('a'), system('one')])[0]?.content[1].text).toContain('one');
    const own = [user('a'), system('one'), system('two'), assistant('b'), user('c')];
    expect(told(own, native)).toEqual(own);
  });
});

describe('calls and results', () => {
  it('are paired: a missing result is put in, in the order of the calls', () => {
    expect(told([user('go'), assistant([use('a'), use('b')]), user([result('b')])])[2]).toEqual(
      user([missing('a'), result('b')]),
    );
    expect(told([user('go'), assistant([use('a')]), user('on')])[2]).toEqual(user([missing('a'), text('on')]));
    expect(told([user('go'), assistant([use('a')])])[2]).toEqual(user([missing('a')]));
    expect(told([user('go'), assistant([use('a')]), assistant('b')])).toEqual([
      user('go'),
      assistant([use('a')]),
      user([missing('a')]),
      assistant('b'),
    ]);
  });

  it('stand before the words of the turn', () => {
    expect(told([user('go'), assistant([use('a')]), user([text('note')]), user([result('a')])])[2]).toEqual(
      user([result('a'), text('note')]),
    );
    expect(told([user('go'), assistant([use('a'), use('b')]), user([result('a')]), user([result('b')])])[2]).toEqual(
      user([result('a'), result('b')]),
    );
  });

  it('without a call become words, with what they said', () => {
    const [, , last] = told([user('go'), assistant([use('a')]), user([result('a'), result('ghost', 'boo')])]);
    expect(last?.content[0]).toEqual(result('a'));
    expect(last?.content.slice(1).map(({ type }: { type: string }) => type)).toEqual(['text', 'text']);
    expect(last?.content[2]).toEqual(text('boo'));
    expect(told([user([result('ghost', [text('boo')]), text('x')])])[0]?.content.slice(1)).toEqual([
      text('boo'),
      text('x'),
    ]);
    expect(told([user([{ type: 'tool_result', tool_use_id: 'ghost' }])])[0]?.content).toHaveLength(1);
  });

  it('are one result for a call: a second is words', () => {
    const [, , last] = told([user('go'), assistant([use('a')]), user([result('a', 'first'), result('a', 'second')])]);
    expect(last?.content[0]).toEqual(result('a', 'first'));
    expect(last?.content.at(-1)).toEqual(text('second'));
  });

  it('belong to the answer right before them', () => {
    const later = [user('go'), assistant([use('a')]), user([result('a')]), assistant('b'), user([result('a', 'late')])];
    expect(told(later)[4]?.content.at(-1)).toEqual(text('late'));
  });

  it('have ids that hosts take, on both sides alike', () => {
    const odd = 'call.1:x';
    const [, call, answer] = told([user('go'), assistant([use(odd)]), user([result(odd)])]);
    expect(call?.content[0].id).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(answer?.content).toEqual([{ ...result(odd), tool_use_id: call?.content[0].id }]);
    expect(call?.content[0]).toMatchObject({ name: 'Read', input: { a: 1 } });
    const long = 'a'.repeat(90);
    expect(told([user('go'), assistant([use(long)]), user([result(long)])])[1]?.content[0].id).toBe(long);
  });
});

describe('thinking of an earlier answer', () => {
  const maker = { upstream: 'nest', model: 'heron-1', account: 'acct' };
  const sealed = (extra: Partial<Parameters<typeof sealReasoning>[0]> = {}) =>
    sealReasoning({ ...maker, id: 'signed', encrypted: 'their signature', ...extra });
  const thought = (signature: string | undefined, words = 'Hm.') => ({ type: 'thinking', thinking: words, signature });
  const replayed = (block: object, profile: Partial<MessagesProfile> = {}, reasoning: string[] = []) =>
    history([user('go'), assistant([block, text('Yes.')]), user('on')], profile, {
      account: 'acct',
      rejected: { fields: new Set(), reasoning: new Set(reasoning) },
    }).messages[1]?.content.filter(({ type }: { type: string }) => type !== 'text');

  it('goes back to whoever made it, with its own signature', () => {
    expect(replayed(thought(sealed()))).toEqual([thought('their signature')]);
    expect(replayed(thought(sealed({ id: 'unsigned', encrypted: 'unsigned' })))).toEqual([thought('')]);
    expect(replayed(thought(sealed({ model: 'heron-1-large' })))).toEqual([thought('their signature')]);
  });

  it.each([
    ['another upstream', thought(sealed({ upstream: 'other' }))],
    ['another account', thought(sealed({ account: 'other' }))],
    ['another family of models', thought(sealed({ model: 'crane-2' }))],
    ['Anthropic', thought('EqQB')],
    ['nobody, since it has no signature', thought('')],
    ['nobody, since it has no member for one', thought(undefined)],
    ['ccp alone', thought(sealed({ encrypted: '' }))],
    ['Anthropic, which hides it', { type: 'redacted_thinking', data: 'x' }],
  ])('stays here where it came from %s', (_name, block) => {
    expect(replayed(block)).toEqual([]);
    expect(told([user('go'), assistant([block, text('Yes.')]), user('on')])[1]).toEqual(assistant([text('Yes.')]));
  });

  it('stays here once it was refused', () => {
    expect(replayed(thought(sealed()), {}, ['their signature'])).toEqual([]);
    expect(replayed(thought(sealed({ id: 'unsigned', encrypted: 'unsigned' })), {}, ['Hm.'])).toEqual([]);
    expect(replayed(thought(sealed()), {}, ['Hm.'])).toHaveLength(1);
    expect(replayed(thought('EqQB'), native, ['EqQB'])).toEqual([]);
  });

  it('goes to Anthropic where it is Anthropic’s', () => {
    expect(replayed(thought('EqQB'), native)).toEqual([thought('EqQB')]);
    const hidden = { type: 'redacted_thinking', data: 'x' };
    expect(replayed(hidden, native)).toEqual([hidden]);
    expect(replayed(thought(sealed()), native)).toEqual([]);
    expect(replayed(thought(''), native)).toEqual([]);
    expect(replayed(thought(undefined), native)).toEqual([]);
  });
});

describe('blocks that are not every host’s', () => {
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } };
  const byUrl = { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } };
  const pdf = {
    type: 'document',
    title: 'Birds',
    source: { type: 'base64', media_type: 'application/pdf', data: 'AA==' },
  };
  const block = (one: object, profile: Partial<MessagesProfile> = {}, options: Partial<PrepareOptions> = {}) => {
    const { messages, warnings } = history([user([one])], profile, options);
    return { content: messages[0]?.content, warnings };
  };
  /** The model and the user read the same words. */
  const noted = (
    one: object,
    profile: Partial<MessagesProfile>,
    pattern: RegExp,
    options: Partial<PrepareOptions> = {},
  ) => {
    const { content, warnings } = block(one, profile, options);
    expect(content).toEqual([text(expect.stringMatching(pattern) as unknown as string)]);
    expect(warnings).toEqual([content[0].text]);
  };

  it('images pass where the model sees them', () => {
    expect(block(image)).toEqual({ content: [image], warnings: [] });
    expect(block(image, {}, { row: row('m', 1, { vision: true }) }).content).toEqual([image]);
    noted(image, {}, /image.*no vision/, { row: row('m', 1, { vision: false }) });
    noted(image, { images: false }, /image.*no vision/);
    noted(byUrl, {}, /image.*nest/);
    expect(block(byUrl, native).content).toEqual([byUrl]);
  });

  it('documents pass where the host takes files, or become their text', () => {
    expect(block(pdf, { files: true }).content).toEqual([pdf]);
    noted(pdf, {}, /document "Birds".*nest/);
    noted({ ...pdf, title: undefined }, {}, /\[document [^"]*nest/);
    noted({ ...pdf, source: { type: 'url', url: 'x' } }, { files: true }, /document "Birds"/);
    const plain = { type: 'document', title: 'Birds', context: 'of prey', source: { type: 'text', data: 'An owl.' } };
    expect(block(plain)).toEqual({
      content: [text('<document Birds · of prey>\nAn owl.\n</document>')],
      warnings: [],
    });
    expect(block({ ...plain, title: '' }).content[0].text).toMatch(/^<document of prey>\n/);
    expect(block({ ...plain, source: { type: 'text' } }).content[0].text).toContain('>\n\n<');
  });

  it('documents of blocks are opened', () => {
    const inner = { type: 'document', title: 'Birds', source: { type: 'content', content: [text('An owl.'), image] } };
    expect(block(inner).content).toEqual([text('[document: Birds]'), text('An owl.'), image]);
    expect(block({ ...inner, title: undefined }).content).toEqual([text('An owl.'), image]);
    expect(block({ ...inner, source: { type: 'content', content: 'An owl.' } }).content).toEqual([
      text('[document: Birds]'),
      text('An owl.'),
    ]);
  });

  it('search results, loaded tools, and the unknown become words', () => {
    const search = { type: 'search_result', title: 'Owls', source: 'a.md', content: [text('An owl.')] };
    expect(block(search).content[0].text).toMatch(/Owls[\s\S]*An owl\./);
    expect(block({ type: 'tool_reference', tool_name: 'Read' }).content[0].text).toMatch(/^\[.*Read\]$/);
    expect(block({ type: 'tool_reference' }).content[0].text).toMatch(/unknown/);
    noted({ type: 'container_upload', file_id: 'f' }, {}, /container_upload/);
    expect(block(search, native).content).toEqual([search]);
  });

  it('in a result are treated alike, and the result keeps its members', () => {
    const within = (content: unknown, profile: Partial<MessagesProfile> = {}) =>
      told([user('go'), assistant([use('a')]), user([{ ...result('a', content), is_error: true }])], profile)[2]
        ?.content[0];
    expect(within([text('x'), image])).toEqual({ ...result('a', [text('x'), image]), is_error: true });
    expect(within([text('x'), byUrl]).content[1]).toMatchObject({ type: 'text' });
    expect(within([byUrl], native).content).toEqual([byUrl]);
    expect(within('words').content).toBe('words');
  });

  const searched = (encrypted_content: string) => [
    user('go'),
    assistant([
      { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'owls' } },
      {
        type: 'web_search_tool_result',
        tool_use_id: 's',
        content: [{ type: 'web_search_result', title: 'Owls', url: 'https://example.org/owls', encrypted_content }],
      },
      text('Owls.'),
    ]),
    user('on'),
  ];

  it('searches of Anthropic’s go back to Anthropic, and become words elsewhere', () => {
    expect(told(searched('enc'), native)).toEqual(searched('enc'));
    const [, answer] = told(searched('enc'));
    expect(answer?.content).toHaveLength(2);
    expect(answer?.content[0].text).toContain('- Owls https://example.org/owls');
  });

  it('searches that ran elsewhere are words for Anthropic too', () => {
    const [, answer] = told(searched(''), native);
    expect(answer?.content).toHaveLength(2);
    expect(answer?.content[0].text).toContain('- Owls https://example.org/owls');
    expect(told(searched('enc'), native)[1]?.content[1].type).toBe('web_search_tool_result');
    const unavailable = {
      type: 'web_search_tool_result',
      tool_use_id: 's',
      content: { type: 'web_search_tool_result_error', error_code: 'unavailable' },
    };
    const query = { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'owls' } };
    const failed = [user('go'), assistant([query, unavailable]), user('on')];
    expect(told(failed, native)).toEqual(failed);
  });
});
