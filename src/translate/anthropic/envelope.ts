/**
 * An upstream's opaque reasoning is stored in the `signature` of a thinking block, which Claude Code keeps and sends
 * back verbatim: `ccp1.<upstream>.<model>.<base64url JSON>`. Model ids contain dots, so the string is split at the
 * first two dots and the last one.
 */
import { asString, isObject, parseJson } from '../../wire/json.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

export interface ReasoningEnvelope {
  readonly upstream: string;
  readonly model: string;
  /** Hash of the account that may replay it; empty if the upstream has no accounts. */
  readonly account: string;
  /** Empty for a block that ccp opened only to keep the client from timing out. */
  readonly id: string;
  readonly encrypted: string;
}

/** Who made reasoning. It is replayed only to the same upstream, account and model family. */
export interface ReasoningOrigin {
  readonly upstream: string;
  readonly model: string;
  /** Hash of the account; empty if the upstream has no accounts. */
  readonly account: string;
}

const prefix = 'ccp1.';

export function sealReasoning(envelope: ReasoningEnvelope): string {
  const payload = JSON.stringify({ id: envelope.id, enc: envelope.encrypted, acct: envelope.account });
  return `${prefix}${envelope.upstream}.${envelope.model}.${toBase64Url(payload)}`;
}

/** Whether ccp created the signature. Any other is Anthropic's. One of ccp's that cannot be opened is not used. */
export const isOwnSignature = (signature: string): boolean => signature.startsWith(prefix);

/** `undefined` for a signature that ccp did not create, or that is malformed. */
export function openReasoning(signature: string): ReasoningEnvelope | undefined {
  if (!isOwnSignature(signature)) return undefined;
  const upstreamEnd = signature.indexOf('.', prefix.length);
  const modelEnd = signature.lastIndexOf('.');
  if (upstreamEnd < 0 || modelEnd <= upstreamEnd) return undefined;
  const payload = parseJson(fromBase64Url(signature.slice(modelEnd + 1)));
  if (!isObject(payload)) return undefined;
  return {
    upstream: signature.slice(prefix.length, upstreamEnd),
    model: signature.slice(upstreamEnd + 1, modelEnd),
    account: asString(payload.acct) ?? '',
    id: asString(payload.id) ?? '',
    encrypted: asString(payload.enc) ?? '',
  };
}

/** `gpt-6.1-sol` and `gpt-6.1-terra` share a family; `gpt-5.5` and `gpt-6` do not. */
export const modelFamily = (model: string): string => /^[a-z]+-[\d.]+/.exec(model)?.[0] ?? model;

/** Opens reasoning that may be replayed to `origin`; `undefined` for any other signature, and for an empty envelope. */
export function openOwnReasoning(signature: string, origin: ReasoningOrigin): ReasoningEnvelope | undefined {
  const envelope = openReasoning(signature);
  if (envelope === undefined || envelope.encrypted === '') return undefined;
  const isOwn =
    envelope.upstream === origin.upstream &&
    envelope.account === origin.account &&
    modelFamily(envelope.model) === modelFamily(origin.model);
  return isOwn ? envelope : undefined;
}
