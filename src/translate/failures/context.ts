/** What every dialect must know to say what a refusal meant. */
import type { CcpError } from '../../errors/ccp-error.ts';
import { windowOf } from '../../models/find.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { Host, PrepareOptions } from '../dialect.ts';
import type { FailureContext } from './errors.ts';
import { rejectedFieldKey } from './optional-fields.ts';

type OfDialect = Pick<FailureContext, 'optionalFields' | 'quotaOf'>;

export function failureContext(
  { name: upstream, credentialHint, failures, modelHint }: Host,
  { model, row, ports: { clockTime, now } }: PrepareOptions,
  { optionalFields, quotaOf }: OfDialect,
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

/** A refusal of a field is believed only where the field was sent. */
export function checkAgainstBody(error: CcpError, body: JsonObject): CcpError {
  if (error.code !== 'field_refused' || error.field === undefined) return error;
  const key = rejectedFieldKey(error.field, error.upstreamCode, body);
  return key === undefined ? error.as('upstream_invalid') : error.as('field_refused', key);
}
