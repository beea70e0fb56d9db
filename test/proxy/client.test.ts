import { expect, it } from 'vitest';
import { clientOf } from '../../src/proxy/client.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';

const secret = 'the-secret';
const request = validateRequest({
  model: 'm',
  messages: [{ role: 'user', content: 'x' }],
  metadata: { user_id: 'user_1_session_from-body' },
});

it('a client is known by its headers, without any secret in them', () => {
  expect(
    clientOf(
      request,
      {
        'user-agent': 'claude-cli',
        'x-claude-code-session-id': 'session',
        'x-claude-code-agent-id': 'agent',
        authorization: 'Bearer fake-own',
        'x-api-key': 'fake-key',
        'x-ccp-secret': secret,
        cookie: 'fake-cookie',
        'proxy-authorization': 'fake-proxy',
        'x-odd': `a ${secret} b`,
        'set-cookie': ['fake'],
      },
      secret,
    ),
  ).toEqual({
    headers: {
      'user-agent': 'claude-cli',
      'x-claude-code-session-id': 'session',
      'x-claude-code-agent-id': 'agent',
    },
    login: 'Bearer fake-own',
    sessionId: 'session',
    agentId: 'agent',
  });
});

it('a client without these headers is known by the body', () => {
  expect(clientOf(request, { authorization: `Bearer ${secret}` }, secret)).toEqual({
    headers: {},
    login: undefined,
    sessionId: 'from-body',
    agentId: undefined,
  });
});
