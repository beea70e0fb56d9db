/** One mutated request: made from a seed, translated for a dialect, judged by the rules of strict hosts. */
import { CcpError } from '../../src/errors/ccp-error.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { chatComplaint, geminiComplaint, messagesComplaint } from '../support/dialect-rules.ts';
import { upstreamOfDialect } from '../support/dialects.ts';
import { complaint } from '../support/responses-rules.ts';
import { prepareOptions } from '../support/upstreams.ts';
import { tools } from './answers.ts';
import { withChangedMember } from './odd-values.ts';
import { Random } from './random.ts';
import { dialects, type StreamResult } from './streams.ts';

export interface RequestCase {
  readonly dialect: string;
  readonly body: Record<string, unknown>;
  /** Texts of calls and results that must arrive, wherever they stand. */
  readonly markers: readonly string[];
}

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

function blockOf(random: Random): unknown {
  return random.pick<() => unknown>([
    () => ({ type: 'text', text: random.pick(['hello', '', ' ', '漢字', 'a\u0000b']) }),
    () => ({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }),
    () => ({ type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } }),
    () => ({
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0x' },
      title: 'T',
    }),
    () => ({ type: 'document', source: { type: 'url', url: 'https://example.org/a.pdf' }, title: 'T', context: 'C' }),
    () => ({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' } }),
    () => ({ type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'x' }] }),
  ])();
}

/** A conversation with tools, and with faults that were seen: orphans, repeated ids, missing results, empty contents. */
function conversation(random: Random): { messages: unknown[]; markers: string[] } {
  const messages: unknown[] = [{ role: 'user', content: random.pick<unknown>(['Begin.', [blockOf(random)]]) }];
  const markers: string[] = [];
  let made = 0;
  for (const _ of random.many(0, 6, () => 0)) {
    const calls = random.many(0, 3, () => {
      const id = random.chance(0.1) ? 'toolu_repeated' : `toolu_${made}`;
      made += 1;
      return {
        type: 'tool_use',
        id,
        name: random.pick(['Read', 'Write', 'Gone']),
        input: { file_path: `/p-${made}-q` },
      };
    });
    const content: unknown[] = [
      ...(random.chance(0.3)
        ? [{ type: 'thinking', thinking: 'hm', signature: random.pick(['sig', 'ccp1.a.b.!!', 'ccp1.codex.m', '']) }]
        : []),
      ...(random.chance(0.7) ? [{ type: 'text', text: random.pick(['Working.', '', ' ']) }] : []),
      ...calls,
    ];
    messages.push({ role: 'assistant', content });
    // A repeated id within one message is one call.
    const ids = new Set<string>();
    for (const { id, input } of calls) {
      if (!ids.has(id)) markers.push(input.file_path);
      ids.add(id);
    }
    const results = calls.flatMap((call) => {
      if (random.chance(0.1)) return [];
      const marker = `RESULT-${made}-${random.below(1e6)}`;
      markers.push(marker);
      const text = { type: 'text', text: marker };
      const body = random.pick<unknown>([marker, [text], [text, blockOf(random)]]);
      const error = random.chance(0.1) ? { is_error: true } : {};
      const result = { type: 'tool_result', tool_use_id: call.id, content: body, ...error };
      if (!random.chance(0.1)) return [result];
      // A second result of the same call.
      markers.push(`${marker}-again`);
      return [result, { type: 'tool_result', tool_use_id: call.id, content: `${marker}-again` }];
    });
    const before = random.chance(0.1) ? [{ type: 'text', text: 'before' }] : [];
    const orphan = random.chance(0.05)
      ? [{ type: 'tool_result', tool_use_id: 'toolu_nowhere', content: 'orphan' }]
      : [];
    const after = random.chance(0.4) ? [blockOf(random)] : [];
    messages.push({ role: 'user', content: [...before, ...results, ...orphan, ...after] });
    if (random.chance(0.1)) messages.push({ role: 'user', content: 'And more.' });
  }
  return { messages, markers };
}

export function requestCase(seed: number): RequestCase {
  const random = new Random(seed ^ 0x5bd1e995);
  const dialect = random.pick(dialects);
  const { messages, markers } = conversation(random);
  const body: Record<string, unknown> = {
    model: 'm',
    max_tokens: random.pick([1, 64, 32_000]),
    stream: true,
    messages,
    tools,
    ...(random.chance(0.5)
      ? { system: random.pick<unknown>(['Be brief.', [{ type: 'text', text: 'Be brief.' }]]) }
      : {}),
    ...(random.chance(0.3) ? { thinking: { type: 'adaptive' } } : {}),
    ...(random.chance(0.2) ? { stop_sequences: ['STOP'] } : {}),
    ...(random.chance(0.2)
      ? {
          tool_choice: random.pick([
            { type: 'auto' },
            { type: 'any' },
            { type: 'tool', name: 'Read' },
            { type: 'none' },
          ]),
        }
      : {}),
    ...(random.chance(0.2) ? { temperature: 0.5 } : {}),
  };
  if (random.chance(0.5)) return { dialect, body, markers };
  let changed = body;
  for (const _ of random.many(1, 3, () => 0)) changed = withChangedMember(changed, random);
  return { dialect, body: changed, markers: [] };
}

const complaints: Readonly<Record<string, (body: Record<string, any>) => string | undefined>> = {
  responses: (body) => complaint(body)?.message,
  chat: (body) => chatComplaint(body, false),
  messages: (body) => messagesComplaint(body),
  gemini: (body) => geminiComplaint(body),
};

export function runRequest({ dialect, body, markers }: RequestCase): StreamResult {
  const upstream = upstreamOfDialect[dialect];
  if (upstream === undefined) throw new Error(`no upstream of ${dialect}`);
  try {
    const prepared = upstream.translator.prepare(validateRequest(body), prepareOptions());
    const sent = JSON.parse(prepared.body.text);
    const rejection = complaints[dialect]?.(sent);
    const faults = rejection === undefined ? [] : [`the host rejects it: ${rejection}`];
    for (const marker of markers) if (!prepared.body.text.includes(marker)) faults.push(`the result ${marker} is lost`);
    return { faults, internal: undefined };
  } catch (thrown) {
    if (thrown instanceof CcpError && thrown.code !== 'internal') return { faults: [], internal: undefined };
    return { faults: [], internal: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
  }
}
