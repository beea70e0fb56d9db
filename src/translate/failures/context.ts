/** The context that every dialect needs to interpret an upstream's error. */
import type { CcpError } from '../../errors/ccp-error.ts';
import { windowOf } from '../../models/find.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { Host, PrepareOptions } from '../dialect.ts';
import type { FailureContext } from './errors.ts';
import { rejectedFieldKey } from './optional-fields.ts';

type DialectContext = Pick<FailureContext, 'optionalFields' | 'quotaOf'>;

export function failureContext(
  { name: upstream, credentialHint, failures, modelHint }: Host,
  { model, row, ports: { clockTime, now } }: PrepareOptions,
  { optionalFields, quotaOf }: DialectContext,
): FailureContext {
  return {
    upstream,
    model,
    credentialHint,
    failures,
    modelHint,
    unlisted: row?.unlisted === true,
    quotaOf,
    optionalFields,
    contextWindow: windowOf({ upstream, model, row }),
    clockTime,
    now,
  };
}

/** An error that rejects a field counts as such only if the field was sent. */
export function checkAgainstBody(error: CcpError, body: JsonObject): CcpError {
  if (error.code !== 'field_refused' || error.field === undefined) return error;
  const key = rejectedFieldKey(error.field, error.upstreamCode, body);
  return key === undefined ? error.as('upstream_invalid') : error.as('field_refused', key);
}
