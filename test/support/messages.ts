/** The Messages dialect for one host, without a proxy: what is sent, and what an answer becomes. */

import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import type { PrepareOptions } from '../../src/translate/dialect.ts';
import { messagesDialect } from '../../src/translate/dialects/messages/dialect.ts';
import { type MessagesProfile, plainMessages } from '../../src/translate/dialects/messages/profile.ts';
import type { Output } from '../../src/translate/output.ts';
import { prepareOptions, upstreamNamed } from './upstreams.ts';

const host = {
  ...upstreamNamed('custom', { custom: { custom: { dialect: 'messages', baseUrl: 'http://127.0.0.1:1' } } }),
  name: 'nest',
  failures: {},
  credentialHint: '',
  forwardedHeaders: 'all' as const,
};

export const native: MessagesProfile = {
  native: true,
  efforts: 'as-requested',
  images: true,
  files: true,
  counts: true,
};

export const translator = (profile: Partial<MessagesProfile> = {}) =>
  messagesDialect.translator(host, { ...plainMessages, ...profile });

export function prepared(
  body: Record<string, unknown>,
  profile: Partial<MessagesProfile> = {},
  options: Partial<PrepareOptions> = {},
) {
  const request = validateRequest({
    model: 'm',
    max_tokens: 9_000,
    messages: [{ role: 'user', content: 'x' }],
    ...body,
  });
  return translator(profile).prepare(request, prepareOptions({ model: 'heron-1', ...options }));
}

export const sent = (...args: Parameters<typeof prepared>): Record<string, any> =>
  JSON.parse(prepared(...args).body.text);

export interface Answered {
  readonly outputs: readonly Output[];
  readonly error: { readonly code: string; readonly message: string; readonly field?: string | undefined } | undefined;
  readonly end: Extract<Output, { type: 'end' }>['ending'] | undefined;
  /** Text, thinking, and arguments put together: `text:hello`. */
  readonly blocks: readonly string[];
}

/** What a stream becomes; ids are counted. */
export function answered(
  events: readonly object[],
  profile: Partial<MessagesProfile> = {},
  body: Record<string, unknown> = {},
  options: Partial<PrepareOptions> = {},
): Answered {
  let ids = 0;
  const stream = prepared(body, profile, options).open((prefix) => `${prefix}_${++ids}`);
  const outputs = events.flatMap((event) => stream.step({ ...event }));
  outputs.push(...stream.done(), ...stream.eof());
  const failure = outputs.find((output) => output.type === 'failure');
  const end = outputs.find((output) => output.type === 'end');
  const blocks: string[] = [];
  let open = '';
  for (const output of outputs) {
    if (output.type === 'text' || output.type === 'thinking')
      open = open.startsWith(`${output.type}:`) ? open + output.text : `${output.type}:${output.text}`;
    else if (output.type === 'signature') open = `${open || 'thinking:'} signed ${output.signature}`;
    else if (output.type === 'tool_start') open = `${output.name} ${output.id}:`;
    else if (output.type === 'tool_input') open += output.json;
    else if (output.type === 'foreign_start') open = `foreign:${JSON.stringify(output.block)}`;
    else if (output.type === 'foreign_delta') open += JSON.stringify(output.delta);
    else if (output.type === 'block_end') {
      blocks.push(open);
      open = '';
    }
  }
  if (open !== '') blocks.push(`${open}…`);
  return { outputs, error: failure?.error, end: end?.ending, blocks };
}
