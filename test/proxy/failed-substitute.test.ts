import { expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import type { Target } from '../../src/models/find.ts';
import { substituteFailed } from '../../src/proxy/failed-substitute.ts';
import { Warnings } from '../../src/proxy/warnings.ts';
import { candidate } from '../support/routing.ts';

const route = candidate('heron-1');
const substitute = candidate('wren-1');
const error = new CcpError('upstream_failed', 'It broke.');

function world(chosen: Target | undefined) {
  const log: string[] = [];
  const session = {
    routes: {
      chosenSubstitutes: new Map(chosen === undefined ? [] : [['codex/heron-1', chosen]]),
      chooseSubstitute: (name: string, model: unknown) => log.push(`choose ${name} ${String(model)}`),
    },
    limits: {
      cannotSubstitute: ({ model }: Target, { message }: CcpError) => log.push(`not offered ${model}: ${message}`),
    },
    caches: { warnings: new Warnings() },
  };
  const fail = () =>
    substituteFailed(route, substitute, error, {
      meter: { warning: (text: string) => log.push(text) },
      session,
    } as never);
  return { log, fail };
}

const said = 'codex/wren-1 cannot answer either: It broke.';

it('the failure of a fallback is said once', () => {
  const { log, fail } = world(undefined);
  fail();
  fail();
  expect(log).toEqual([said]);
});

it('a model that the user chose at a limit is chosen and offered no more', () => {
  const { log, fail } = world(substitute.target);
  fail();
  expect(log).toEqual([said, 'choose codex/heron-1 undefined', 'not offered wren-1: It broke.']);
});

it('another chosen model stays chosen', () => {
  const { log, fail } = world(candidate('crane-1').target);
  fail();
  expect(log).toEqual([said]);
});
