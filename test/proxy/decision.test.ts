import { describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import type { Client } from '../../src/proxy/client.ts';
import { decideFor } from '../../src/proxy/decision.ts';
import type { ProxyDeps } from '../../src/proxy/deps.ts';
import type { Session } from '../../src/proxy/session/session.ts';
import type { RequestClass } from '../../src/routing/classes.ts';
import { noHistory } from '../../src/routing/history.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { birds, routeTo, tableOf } from '../support/routing.ts';
import { allUpstreams } from '../support/upstreams.ts';

interface Case {
  readonly requestClass?: RequestClass;
  readonly agentId?: string;
  readonly login?: string;
  /** The compaction of the conversation was moved to another model. */
  readonly isMoved?: boolean;
  /** ccp has a credential of its own for every upstream. */
  readonly hasCredentials?: boolean;
}

async function decided({ requestClass = 'turn', agentId, login, isMoved = false, hasCredentials = false }: Case) {
  let counts = 0;
  let asked = 0;
  const compactionRoute = isMoved ? { ...routeTo('crane-1'), afterModel: 'heron-1' } : undefined;
  const session = {
    routes: { table: tableOf(), clientLogins: new Set() },
    compaction: { history: { ...noHistory, ...(compactionRoute ? { compactionRoute } : {}) } },
    caches: {
      tokenCounts: {
        estimator: async () => {
          counts += 1;
          return () => 1_000;
        },
      },
    },
  } as unknown as Session;
  const credentials = {
    get: async () => {
      asked += 1;
      if (!hasCredentials) throw new CcpError('no_credential', 'none');
      return { kind: 'bearer', token: 'fake', accountId: undefined, origin: 'stored' };
    },
  };
  const deps = {
    routing: {
      refreshRules: async () => {},
      directory: { catalogue: birds, upstreams: allUpstreams() },
      rules: undefined,
    },
    credentials,
  } as unknown as ProxyDeps;
  const request = validateRequest({ model: 'heron-1', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] });
  const client = { headers: {}, login, agentId } as unknown as Client;
  const { candidates } = await decideFor(request, requestClass, client, session, deps);
  return { counts, asked, logins: [...session.routes.clientLogins], first: candidates[0] };
}

describe('the tokens of a request', () => {
  it.each<[string, Case, number]>([
    ['a turn', {}, 0],
    ['a turn after the compaction was moved', { isMoved: true }, 1],
    ['a compaction', { requestClass: 'compaction' }, 1],
    ['a compaction of an agent', { requestClass: 'compaction', agentId: 'a' }, 0],
    ['a title after the compaction was moved', { requestClass: 'title', isMoved: true }, 0],
  ])('are counted only where the decision depends on them: %s', async (_name, request, counts) => {
    expect((await decided(request)).counts).toBe(counts);
  });
});

describe('Claude Code’s own login', () => {
  it('is considered only when the request has one', async () => {
    expect(await decided({})).toMatchObject({ asked: 0, logins: [] });
    expect(await decided({ login: 'Bearer fake' })).toMatchObject({ asked: 1, logins: ['anthropic'] });
  });

  it('is not used where ccp has a credential', async () => {
    expect(await decided({ login: 'Bearer fake', hasCredentials: true })).toMatchObject({ asked: 1, logins: [] });
  });
});
