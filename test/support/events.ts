/** Builds Responses streams in the form of the real backend. */

export type UpstreamEvent = Record<string, unknown> & { type: string };

export const frame = (event: UpstreamEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

export const frames = (events: Iterable<UpstreamEvent>): string => [...events].map(frame).join('');

const usageDefaults = {
  input_tokens: 1200,
  input_tokens_details: { cached_tokens: 1000 },
  output_tokens: 50,
  output_tokens_details: { reasoning_tokens: 20 },
  total_tokens: 1250,
};

export type Usage = typeof usageDefaults;

export const created = (): UpstreamEvent => ({
  type: 'response.created',
  response: { id: 'resp_1', status: 'in_progress' },
});

export const completed = (usage: Partial<Usage> = {}, output: unknown[] = []): UpstreamEvent => ({
  type: 'response.completed',
  response: { id: 'resp_1', status: 'completed', output, usage: { ...usageDefaults, ...usage } },
});

export const incomplete = (reason: string): UpstreamEvent => ({
  type: 'response.incomplete',
  response: { id: 'resp_1', status: 'incomplete', incomplete_details: { reason }, usage: usageDefaults },
});

export const failed = (code: string, message: string): UpstreamEvent => ({
  type: 'response.failed',
  response: { id: 'resp_1', status: 'failed', error: { code, message } },
});

const pieces = (text: string, size: number): string[] => {
  const result: string[] = [];
  for (let at = 0; at < text.length; at += size) result.push(text.slice(at, at + size));
  return result;
};

export const textStart = (index: number): UpstreamEvent => ({
  type: 'response.output_item.added',
  output_index: index,
  item: { type: 'message', id: `msg_${index}`, role: 'assistant', content: [] },
});

export const textDelta = (index: number, delta: string): UpstreamEvent => ({
  type: 'response.output_text.delta',
  output_index: index,
  content_index: 0,
  item_id: `msg_${index}`,
  delta,
});

export function textItem(index: number, text: string, size = 12): UpstreamEvent[] {
  return [
    textStart(index),
    {
      type: 'response.content_part.added',
      output_index: index,
      item_id: `msg_${index}`,
      content_index: 0,
      part: { type: 'output_text', text: '' },
    },
    ...pieces(text, size).map((delta) => textDelta(index, delta)),
    { type: 'response.output_text.done', output_index: index, item_id: `msg_${index}`, content_index: 0, text },
    {
      type: 'response.output_item.done',
      output_index: index,
      item: { type: 'message', id: `msg_${index}`, role: 'assistant', content: [{ type: 'output_text', text }] },
    },
  ];
}

export function reasoningItem(index: number, text: string, encrypted = 'opaque', size = 12): UpstreamEvent[] {
  const id = `rs_${index}`;
  return [
    { type: 'response.output_item.added', output_index: index, item: { type: 'reasoning', id, summary: [] } },
    { type: 'response.reasoning_summary_part.added', output_index: index, item_id: id, summary_index: 0 },
    ...pieces(text, size).map((delta) => ({
      type: 'response.reasoning_summary_text.delta',
      output_index: index,
      item_id: id,
      summary_index: 0,
      delta,
    })),
    {
      type: 'response.output_item.done',
      output_index: index,
      item: { type: 'reasoning', id, summary: [{ type: 'summary_text', text }], encrypted_content: encrypted },
    },
  ];
}

export interface Call {
  readonly name: string;
  readonly args: unknown;
  readonly callId?: string;
}

export const callStart = (index: number, { name, callId }: Call): UpstreamEvent => ({
  type: 'response.output_item.added',
  output_index: index,
  item: { type: 'function_call', id: `fc_${index}`, call_id: callId ?? `call_${index}`, name, arguments: '' },
});

export const callDelta = (index: number, delta: string): UpstreamEvent => ({
  type: 'response.function_call_arguments.delta',
  output_index: index,
  item_id: `fc_${index}`,
  delta,
});

export const callDone = (index: number, call: Call, text = argumentText(call)): UpstreamEvent => ({
  type: 'response.output_item.done',
  output_index: index,
  item: {
    type: 'function_call',
    id: `fc_${index}`,
    call_id: call.callId ?? `call_${index}`,
    name: call.name,
    arguments: text,
    status: 'completed',
  },
});

const argumentText = (call: Call): string => (typeof call.args === 'string' ? call.args : JSON.stringify(call.args));

export function callItem(index: number, call: Call, size = 12): UpstreamEvent[] {
  const text = argumentText(call);
  return [
    callStart(index, call),
    ...pieces(text, size).map((delta) => callDelta(index, delta)),
    { type: 'response.function_call_arguments.done', output_index: index, item_id: `fc_${index}`, arguments: text },
    callDone(index, call),
  ];
}

/** A complete response with one text. */
export const saying = (text: string): UpstreamEvent[] => [created(), ...textItem(0, text), completed()];
