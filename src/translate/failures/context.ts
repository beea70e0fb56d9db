/** What every dialect must know to say what a refusal meant. */
import type { CcpError } from '../../errors/ccp-error.ts';
import { windowOf } from '../../models/find.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { PrepareOptions } from '../dialect.ts';
import type { FailureContext } from './errors.ts';
import { lessonOf } from './optional-fields.ts';

type OfProfile = Pick<FailureContext, 'upstream' | 'credentialHint' | 'failures' | 'modelHint'>;
type OfDialect = Pick<FailureContext, 'optionalFields' | 'quotaOf'>;

export function failureContext(
  { upstream, credentialHint, failures, modelHint }: OfProfile,
  { model, row, clockTime, now }: PrepareOptions,
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
export function inLightOfBody(error: CcpError, body: JsonObject): CcpError {
  if (error.code !== 'field_refused' || error.field === undefined) return error;
  const lesson = lessonOf(error.field, error.told, body);
  return lesson === undefined ? error.as('upstream_invalid') : error.as('field_refused', lesson);
}
