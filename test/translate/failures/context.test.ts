import { describe, expect, it } from 'vitest';
import { CcpError } from '../../../src/errors/ccp-error.ts';
import { checkAgainstBody, failureContext } from '../../../src/translate/failures/context.ts';
import { row } from '../../support/routing.ts';
import { prepareOptions, upstreamNamed } from '../../support/upstreams.ts';

describe('the context of a failure', () => {
  const host = upstreamNamed('codex');
  const dialect = { optionalFields: ['temperature'], quotaOf: () => undefined };

  it('combines the host, the model, and the dialect', () => {
    const options = prepareOptions({ model: 'heron-1', row: row('heron-1', 123_000, { unlisted: true }) });
    expect(failureContext(host, options, dialect)).toMatchObject({
      upstream: 'codex',
      model: 'heron-1',
      credentialHint: host.credentialHint,
      failures: host.failures,
      modelHint: host.modelHint,
      unlisted: true,
      optionalFields: ['temperature'],
      contextWindow: 123_000,
    });
  });

  it('of an unknown model has the default window and treats the model as listed', () => {
    expect(failureContext(host, prepareOptions(), dialect)).toMatchObject({ unlisted: false, contextWindow: 200_000 });
    expect(failureContext(host, prepareOptions({ row: row('m', 1) }), dialect).unlisted).toBe(false);
  });
});

describe('a rejected field', () => {
  const rejection = (field: string | undefined, upstreamCode = '') =>
    new CcpError('field_refused', 'No.', { field, upstreamCode, retryAfterSec: 3 });

  it('is confirmed when the field was sent, with the key that is remembered', () => {
    expect(checkAgainstBody(rejection('temperature'), { temperature: 1 })).toMatchObject({
      code: 'field_refused',
      field: 'temperature',
      message: 'No.',
    });
    expect(checkAgainstBody(rejection('temperature', 'invalid_value'), { temperature: 1 }).field).toBe('temperature=1');
  });

  it('becomes an invalid request when the field was not sent', () => {
    expect(checkAgainstBody(rejection('temperature'), { top_p: 1 })).toMatchObject({
      code: 'upstream_invalid',
      field: undefined,
      retryAfterSec: 3,
    });
  });

  it('is the only failure that is changed', () => {
    const others = [new CcpError('upstream_invalid', 'No.', { field: 'temperature' }), rejection(undefined)];
    for (const error of others) expect(checkAgainstBody(error, {})).toBe(error);
  });
});
