/** Ids, names and headers that cross between Claude Code and the upstream. */
import { describe, expect, it } from 'vitest';
import { fromBase64Url, toBase64Url } from '../../../src/translate/anthropic/base64url.ts';
import { callIdOf, toolUseId, usedIds } from '../../../src/translate/anthropic/call-id.ts';
import { forwardedHeaders } from '../../../src/translate/anthropic/client-headers.ts';
import { legalId } from '../../../src/translate/anthropic/legal-id.ts';
import { sessionIdOf } from '../../../src/translate/anthropic/session-id.ts';
import { validateRequest } from '../../../src/translate/anthropic/validate.ts';

const requestOf = (more: Record<string, unknown> = {}) =>
  validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...more });

describe('base64url', () => {
  it.each(['', 'a', 'ab', 'abc', 'é漢👩', '>>>???', '~~~'])('encodes %j as Node does, and decodes it', (text) => {
    expect(toBase64Url(text)).toBe(Buffer.from(text).toString('base64url'));
    expect(fromBase64Url(toBase64Url(text))).toBe(text);
  });

  it('that is invalid is empty', () => {
    expect(fromBase64Url('!')).toBe('');
    expect(fromBase64Url('漢')).toBe('');
  });
});

describe('an id with the mark of a namespace', () => {
  it.each(['["a"]', '[null,"ns"]', '["a",5]', '{"0":"a","1":"ns"}'])(
    'and the content %s is not one of ccp',
    (content) => {
      const id = `ccpns_${toBase64Url(content)}`;
      expect(callIdOf(id)).toEqual({ callId: id, namespace: undefined });
    },
  );
});

describe('the used call ids', () => {
  it('are those of every call, without namespaces', () => {
    const use = (id: string) => ({ type: 'tool_use', id, name: 'Bash', input: {} });
    const request = requestOf({
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: [{ type: 'text', text: 'b', id: 'no' }, use('one'), use(toolUseId('two', 'ns'))],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'one' }] },
      ],
    });
    expect([...usedIds(request)]).toEqual(['one', 'two']);
  });
});

describe('the headers of the client', () => {
  const client = {
    'anthropic-beta': 'b',
    'anthropic-version': 'v',
    'x-stainless-os': 'o',
    'x-claude-code-session-id': 's',
    'x-app': 'cli',
    'x-application': 'no',
    'x-anthropic-beta': 'no',
    'user-agent': 'claude-cli',
    'user-agent-x': 'no',
    cookie: 'no',
  };

  it('are forwarded according to the upstream', () => {
    expect(Object.keys(forwardedHeaders(client, 'all'))).toEqual([
      'anthropic-beta',
      'anthropic-version',
      'x-stainless-os',
      'x-claude-code-session-id',
      'x-app',
      'user-agent',
    ]);
    expect(forwardedHeaders(client, 'user-agent')).toEqual({ 'user-agent': 'claude-cli' });
    expect(forwardedHeaders(client, 'none')).toEqual({});
  });
});

describe('a name for the upstream', () => {
  const hash = (text: string) => `${text.length}`.padStart(64, '0');

  it('is unchanged if it is legal', () => {
    for (const name of ['a', 'A-z_0', 'x'.repeat(64)]) expect(legalId(name, hash)).toBe(name);
  });

  it('is made legal and distinct by a hash', () => {
    expect(legalId('a.b c', hash)).toBe('a_b_c_000000000000');
    expect(legalId('', hash)).toBe('_000000000000');
    const long = legalId('x'.repeat(65), hash);
    expect(long).toBe(`${'x'.repeat(51)}_000000000000`);
    expect(legalId('.'.repeat(70), hash)).toMatch(/^[A-Za-z0-9_-]{64}$/);
    expect(legalId('a\n', hash)).toBe('a__000000000000');
  });
});

describe('the session id', () => {
  const withUser = (user_id: unknown) => requestOf({ metadata: { user_id } });

  it.each([
    ['the header before anything else', withUser('{"session_id":"json"}'), 'header', 'header'],
    ['JSON in the user id', withUser('{"session_id":"json"}'), undefined, 'json'],
    ['the end of the user id', withUser('user_1_account__session_0a-b'), undefined, '0a-b'],
    ['nothing, with a session id in the middle', withUser('user_session_1 x'), undefined, undefined],
    ['nothing, with other JSON', withUser('{"session_id":1}'), undefined, undefined],
    ['nothing, with a number', withUser(5), undefined, undefined],
    ['nothing, without metadata', requestOf(), undefined, undefined],
  ])('is %s', (_name, request, header, expected) => {
    expect(sessionIdOf(request, header)).toBe(expected);
  });
});
