/** Encodes an answer as hosts of each dialect send it, in the forms that were seen in the field. */
import { type Answer, type CallPart, callsOf, type Part } from './answers.ts';
import type { Random } from './random.ts';

export interface SentEvent {
  readonly name: string | undefined;
  readonly data: Record<string, unknown> | '[DONE]';
  /** The event is a part of arguments, and the host says them nowhere else. */
  readonly onlyArguments?: boolean;
  /** The answer is complete with this event. */
  readonly isTerminal?: boolean;
}

export interface Encoded {
  readonly events: readonly SentEvent[];
  /** The parts in the order in which they begin. */
  readonly parts: readonly Part[];
  /** Each chunk says that the answer is complete, so a cut cannot be noticed. */
  readonly hidesCuts: boolean;
  /** The host's habits, for reports. */
  readonly style: string;
}

type Encoder = (answer: Answer, random: Random) => Encoded;

/** The parts in the order of their first events. @param firsts the first event of each part. */
const inOrder = (parts: readonly Part[], firsts: readonly (SentEvent | undefined)[], events: readonly SentEvent[]) =>
  parts
    .map((part, at) => ({ part, place: events.indexOf(firsts[at] as SentEvent) }))
    .sort((a, b) => a.place - b.place)
    .map(({ part }) => part);

const isCut = (answer: Answer, part: Part): boolean => part === answer.cutCall;

/** The arguments that arrive: of a cut call only the first part. */
const sentArgs = (answer: Answer, call: CallPart): string =>
  isCut(answer, call) ? call.args.slice(0, Math.max(1, Math.floor(call.args.length / 2))) : call.args;

/** Merges sequences of events at random. The order within each sequence is kept. */
function interleave(queues: SentEvent[][], random: Random): SentEvent[] {
  const merged: SentEvent[] = [];
  while (queues.some((queue) => queue.length > 0)) {
    const next = random.pick(queues.filter((queue) => queue.length > 0)).shift();
    if (next) merged.push(next);
  }
  return merged;
}

const chat: Encoder = (answer, random) => {
  const index = random.pick(['right', 'right', 'missing', 'text'] as const);
  const repeatsFinish = answer.end === 'stop' && callsOf(answer).length === 0 && random.chance(0.3);
  const argsAsObject = answer.cutCall === undefined && random.chance(0.1);
  const parallel = index === 'right' && random.chance(0.4);
  const usageBefore = random.chance(0.2);
  const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
  const chunk = (delta: object, finish: string | null = null, more: Partial<SentEvent> = {}): SentEvent => ({
    name: undefined,
    data: { id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] },
    ...more,
  });
  const early = repeatsFinish ? 'stop' : null;
  let calls = 0;
  const queueOf = (part: Part): SentEvent[] => {
    if (part.type === 'thinking')
      return random.pieces(part.text, 20).map((piece) => chunk({ reasoning_content: piece }));
    if (part.type === 'text') return random.pieces(part.text, 20).map((piece) => chunk({ content: piece }, early));
    const at = calls++;
    const place = index === 'missing' ? {} : { index: index === 'text' ? String(at) : at };
    const start = { ...place, id: part.id, type: 'function' };
    const args = sentArgs(answer, part);
    if (argsAsObject)
      return [chunk({ tool_calls: [{ ...start, function: { name: part.name, arguments: JSON.parse(args) } }] })];
    return [
      chunk({ tool_calls: [{ ...start, function: { name: part.name, arguments: '' } }] }),
      ...random
        .pieces(args, 25)
        .map((piece) =>
          chunk({ tool_calls: [{ ...place, function: { arguments: piece } }] }, null, { onlyArguments: true }),
        ),
    ];
  };
  const queues = answer.parts.map(queueOf);
  const firstCall = answer.parts.findIndex(({ type }) => type === 'call');
  const onlyCallsFollow = answer.parts.slice(firstCall).every(({ type }) => type === 'call');
  const content =
    parallel && firstCall >= 0 && onlyCallsFollow
      ? [...queues.slice(0, firstCall).flat(), ...interleave(queues.slice(firstCall), random)]
      : queues.flat();
  const reason = {
    stop: callsOf(answer).length > 0 ? 'tool_calls' : 'stop',
    length: 'length',
    filter: 'content_filter',
  };
  const usageChunk: SentEvent = { name: undefined, data: { choices: [], usage } };
  return {
    style: `index ${index}${repeatsFinish ? ', finish in each chunk' : ''}${argsAsObject ? ', object arguments' : ''}`,
    parts: answer.parts,
    hidesCuts: repeatsFinish,
    events: [
      chunk({ role: 'assistant', content: '' }),
      ...content,
      ...(usageBefore ? [usageChunk] : []),
      chunk({}, reason[answer.end], { isTerminal: true }),
      ...(usageBefore ? [] : [usageChunk]),
      { name: undefined, data: '[DONE]' },
    ],
  };
};

const messages: Encoder = (answer, random) => {
  const event = (type: string, more: object, extra: Partial<SentEvent> = {}): SentEvent => ({
    name: type,
    data: { type, ...more },
    ...extra,
  });
  const queues = answer.parts.map((part, index): SentEvent[] => {
    const start = (content_block: object) => event('content_block_start', { index, content_block });
    const delta = (value: object, extra: Partial<SentEvent> = {}) =>
      event('content_block_delta', { index, delta: value }, extra);
    const stop = event('content_block_stop', { index });
    if (part.type === 'thinking')
      return [
        start({ type: 'thinking', thinking: '', signature: '' }),
        ...random.pieces(part.text, 20).map((thinking) => delta({ type: 'thinking_delta', thinking })),
        delta({ type: 'signature_delta', signature: 'c2ln' }),
        stop,
      ];
    if (part.type === 'text')
      return [
        start({ type: 'text', text: '' }),
        ...random.pieces(part.text, 20).map((text) => delta({ type: 'text_delta', text })),
        stop,
      ];
    return [
      start({ type: 'tool_use', id: part.id, name: part.name, input: {} }),
      ...random
        .pieces(sentArgs(answer, part), 25)
        .map((partial_json) => delta({ type: 'input_json_delta', partial_json }, { onlyArguments: true })),
      ...(isCut(answer, part) && random.chance(0.5) ? [] : [stop]),
    ];
  });
  const isInterleaved = answer.cutCall === undefined && random.chance(0.2);
  const reason = {
    stop: callsOf(answer).length > 0 ? 'tool_use' : 'end_turn',
    length: 'max_tokens',
    filter: 'refusal',
  };
  const firsts = queues.map(([first]) => first);
  const content = isInterleaved ? interleave(queues, random) : queues.flat();
  return {
    style: isInterleaved ? 'interleaved blocks' : 'blocks in order',
    parts: inOrder(answer.parts, firsts, content),
    hidesCuts: false,
    events: [
      event('message_start', {
        message: { id: 'm', type: 'message', role: 'assistant', model: 'x', content: [], usage: { input_tokens: 9 } },
      }),
      ...content,
      event('message_delta', {
        delta: { stop_reason: reason[answer.end], stop_sequence: null },
        usage: { output_tokens: 5 },
      }),
      event('message_stop', {}, { isTerminal: true }),
    ],
  };
};

const gemini: Encoder = (answer, random) => {
  const chunk = (parts: readonly object[], more: object = {}, extra: Partial<SentEvent> = {}): SentEvent => ({
    name: undefined,
    data: { candidates: [{ content: { role: 'model', parts }, index: 0, ...more }], modelVersion: 'm' },
    ...extra,
  });
  const finishReason = { stop: 'STOP', length: 'MAX_TOKENS', filter: 'SAFETY' }[answer.end];
  const hasPreliminary = answer.end === 'stop' && random.chance(0.2);
  const early = hasPreliminary ? { finishReason: 'STOP' } : {};
  const events = answer.parts.flatMap((part): SentEvent[] => {
    if (part.type === 'thinking')
      return random.pieces(part.text, 20).map((text) => chunk([{ text, thought: true }], early));
    if (part.type === 'text') return random.pieces(part.text, 20).map((text) => chunk([{ text }], early));
    if (isCut(answer, part)) return [];
    return [chunk([{ functionCall: { id: part.id, name: part.name, args: JSON.parse(part.args) } }], early)];
  });
  return {
    style: hasPreliminary ? 'finish in each chunk' : 'finish at the end',
    parts: answer.parts,
    hidesCuts: hasPreliminary,
    events: [
      ...events,
      {
        ...chunk([{ text: '' }], { finishReason }, { isTerminal: true }),
        data: {
          candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, index: 0, finishReason }],
          usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 10 },
        },
      },
    ],
  };
};

const responses: Encoder = (answer, random) => {
  /** `changing`: each event has another item id, as some gateways send. */
  const ids = random.pick(['stable', 'stable', 'changing', 'missing'] as const);
  const hasIndex = ids === 'stable' ? random.chance(0.8) : random.chance(0.7);
  const listed = random.pick(['none', 'all', 'all'] as const);
  const dones = random.pick(['item and part', 'item', 'part'] as const);
  // Without an index or a stable id, only the order says to which item an event belongs.
  const isInterleaved = hasIndex && random.chance(0.3);
  let changes = 0;
  const idOf = (base: string): string | undefined =>
    ids === 'missing' ? undefined : ids === 'changing' ? `${base}_${changes++}` : base;
  const event = (type: string, more: object, extra: Partial<SentEvent> = {}): SentEvent => ({
    name: type,
    data: JSON.parse(JSON.stringify({ type, ...more })),
    ...extra,
  });
  const itemOf = (part: Part, at: number, status: string) => {
    if (part.type === 'thinking')
      return {
        type: 'reasoning',
        id: idOf(`rs_${at}`),
        summary: [{ type: 'summary_text', text: part.text }],
        encrypted_content: 'c2VjcmV0',
      };
    if (part.type === 'text')
      return {
        type: 'message',
        id: idOf(`msg_${at}`),
        role: 'assistant',
        status,
        content: [{ type: 'output_text', text: part.text }],
      };
    return {
      type: 'function_call',
      id: idOf(`fc_${at}`),
      call_id: part.id,
      name: part.name,
      arguments: sentArgs(answer, part),
      status,
    };
  };
  const queues = answer.parts.map((part, at): SentEvent[] => {
    const place = hasIndex ? { output_index: at } : {};
    const status = isCut(answer, part) ? 'incomplete' : 'completed';
    const added = (item: object) => event('response.output_item.added', { ...place, item });
    const done = event('response.output_item.done', { ...place, item: itemOf(part, at, status) });
    if (part.type === 'thinking') {
      const base = `rs_${at}`;
      return [
        added({ type: 'reasoning', id: idOf(base), summary: [] }),
        event('response.reasoning_summary_part.added', { ...place, item_id: idOf(base), summary_index: 0 }),
        ...random
          .pieces(part.text, 20)
          .map((delta) =>
            event('response.reasoning_summary_text.delta', { ...place, item_id: idOf(base), summary_index: 0, delta }),
          ),
        done,
      ];
    }
    if (part.type === 'text') {
      const base = `msg_${at}`;
      return [
        added({ type: 'message', id: idOf(base), role: 'assistant', content: [] }),
        ...random
          .pieces(part.text, 20)
          .map((delta) =>
            event('response.output_text.delta', { ...place, item_id: idOf(base), content_index: 0, delta }),
          ),
        ...(dones === 'item'
          ? []
          : [event('response.output_text.done', { ...place, item_id: idOf(base), content_index: 0, text: part.text })]),
        ...(dones === 'part' ? [] : [done]),
      ];
    }
    const base = `fc_${at}`;
    const args = sentArgs(answer, part);
    return [
      added({ type: 'function_call', id: idOf(base), call_id: part.id, name: part.name, arguments: '' }),
      ...random
        .pieces(args, 25)
        .map((delta) => event('response.function_call_arguments.delta', { ...place, item_id: idOf(base), delta })),
      ...(isCut(answer, part)
        ? []
        : [event('response.function_call_arguments.done', { ...place, item_id: idOf(base), arguments: args }), done]),
    ];
  });
  const type = answer.end === 'stop' ? 'response.completed' : 'response.incomplete';
  const output =
    listed === 'none'
      ? []
      : answer.parts.map((part, at) => itemOf(part, at, isCut(answer, part) ? 'incomplete' : 'completed'));
  const firsts = queues.map(([first]) => first);
  const content = isInterleaved ? interleave(queues, random) : queues.flat();
  const details = { stop: undefined, length: { reason: 'max_output_tokens' }, filter: { reason: 'content_filter' } };
  return {
    style: `ids ${ids}, ${hasIndex ? 'with' : 'without'} index, ${listed} listed, done by ${dones}${isInterleaved ? ', interleaved' : ''}`,
    parts: inOrder(answer.parts, firsts, content),
    hidesCuts: false,
    events: [
      event('response.created', { response: { id: 'r', status: 'in_progress' } }),
      ...content,
      event(
        type,
        {
          response: {
            id: 'r',
            status: answer.end === 'stop' ? 'completed' : 'incomplete',
            incomplete_details: details[answer.end],
            output,
            usage: { input_tokens: 100, output_tokens: 10 },
          },
        },
        { isTerminal: true },
      ),
    ],
  };
};

export const encoders: Readonly<Record<string, Encoder>> = { chat, messages, gemini, responses };
