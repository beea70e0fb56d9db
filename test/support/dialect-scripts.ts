/** Response steps common to all dialects, and their encoding in each dialect. */

export type Step =
  | { readonly think: string; readonly signature?: string }
  | { readonly say: string }
  | { readonly call: string; readonly args: unknown; readonly id?: string; readonly cut?: boolean }
  /** The end of the response. */
  | { readonly finish: 'stop' | 'length' | 'calls' | 'filter'; readonly promptTokens?: number }
  /** An error in the middle of the stream. */
  | { readonly error: { readonly type: string; readonly message: string } }
  /** The connection ends here without a terminal event. */
  | { readonly breakOff: 'end' | 'reset' };

export const usage = { input: 1_200, cached: 1_000, output: 50 };

const pieces = (text: string, size = 12): string[] => {
  const result: string[] = [];
  for (let at = 0; at < text.length; at += size) result.push(text.slice(at, at + size));
  return result;
};

const argsText = (args: unknown): string => (typeof args === 'string' ? args : JSON.stringify(args));

/** @returns SSE text. `breakOff` steps are not encoded. */
export type Encoder = (steps: readonly Step[]) => string;

export const chatFrame = (chunk: unknown): string => `data: ${JSON.stringify(chunk)}\n\n`;
export const chatChunk = (delta: unknown, finish: string | null = null, more: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: finish, ...more }],
});

export const chatUsage = {
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  prompt_tokens_details: { cached_tokens: usage.cached },
};

export const encodeChat: Encoder = (steps) => {
  let out = chatFrame(chatChunk({ role: 'assistant', content: '' }));
  let calls = 0;
  for (const step of steps) {
    if ('think' in step)
      for (const piece of pieces(step.think)) out += chatFrame(chatChunk({ reasoning_content: piece }));
    else if ('say' in step) for (const piece of pieces(step.say)) out += chatFrame(chatChunk({ content: piece }));
    else if ('call' in step) {
      const index = calls++;
      const head = {
        index,
        id: step.id ?? `call_${index}`,
        type: 'function',
        function: { name: step.call, arguments: '' },
      };
      out += chatFrame(chatChunk({ tool_calls: [head] }));
      for (const piece of pieces(argsText(step.args)))
        out += chatFrame(chatChunk({ tool_calls: [{ index, function: { arguments: piece } }] }));
    } else if ('finish' in step) {
      const reason = { stop: 'stop', length: 'length', calls: 'tool_calls', filter: 'content_filter' }[step.finish];
      const counted =
        step.promptTokens === undefined ? chatUsage : { prompt_tokens: step.promptTokens, completion_tokens: 50 };
      out += `${chatFrame(chatChunk({}, reason)) + chatFrame({ choices: [], usage: counted })}data: [DONE]\n\n`;
    } else if ('error' in step) out += chatFrame({ error: { code: step.error.type, ...step.error } });
  }
  return out;
};

export const geminiFrame = (chunk: unknown): string => `data: ${JSON.stringify(chunk)}\r\n\r\n`;

export const geminiUsage = {
  promptTokenCount: usage.input,
  cachedContentTokenCount: usage.cached,
  candidatesTokenCount: usage.output - 10,
  thoughtsTokenCount: 10,
  totalTokenCount: usage.input + usage.output,
};

export const geminiChunk = (parts: readonly object[], more: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
  usageMetadata: { promptTokenCount: usage.input, totalTokenCount: usage.input },
  modelVersion: 'gemini-3.8-flash',
});

/** Gemini sends a call in one piece: a cut call is omitted, and invalid arguments end the response. */
export const encodeGemini: Encoder = (steps) => {
  let out = '';
  let calls = 0;
  let signature: string | undefined;
  for (const step of steps) {
    if ('think' in step) {
      for (const text of pieces(step.think)) out += geminiFrame(geminiChunk([{ text, thought: true }]));
      signature = step.signature;
    } else if ('say' in step) for (const text of pieces(step.say)) out += geminiFrame(geminiChunk([{ text }]));
    else if ('call' in step) {
      let args: unknown = step.args;
      try {
        args = typeof step.args === 'string' ? JSON.parse(step.args) : step.args;
      } catch {
        if (!step.cut)
          return `${out}${geminiFrame({ candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Malformed function call' }] })}`;
        continue;
      }
      const part = {
        functionCall: { id: step.id ?? `call_${calls}`, name: step.call, args },
        ...(calls === 0 ? { thoughtSignature: signature ?? 'sig-of-the-call' } : {}),
      };
      calls += 1;
      out += geminiFrame(geminiChunk([part]));
    } else if ('finish' in step) {
      const finishReason = { stop: 'STOP', length: 'MAX_TOKENS', calls: 'STOP', filter: 'SAFETY' }[step.finish];
      out += geminiFrame({ ...geminiChunk([{ text: '' }], { finishReason }), usageMetadata: geminiUsage });
    } else if ('error' in step)
      out += geminiFrame({ error: { code: 503, status: 'UNAVAILABLE', message: step.error.message } });
  }
  return out;
};

export const messagesFrame = (event: { type: string }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

export const encodeMessages: Encoder = (steps) => {
  const start = { input_tokens: usage.input - usage.cached, cache_read_input_tokens: usage.cached, output_tokens: 1 };
  let out = messagesFrame({
    type: 'message_start',
    message: { id: 'msg_up', type: 'message', role: 'assistant', model: 'theirs', content: [], usage: start },
  } as { type: string });
  let index = 0;
  const block = (content: object, deltas: object[], stop = true) => {
    out += messagesFrame({ type: 'content_block_start', index, content_block: content } as { type: string });
    for (const delta of deltas) out += messagesFrame({ type: 'content_block_delta', index, delta } as { type: string });
    if (stop) out += messagesFrame({ type: 'content_block_stop', index } as { type: string });
    index += 1;
  };
  for (const [at, step] of steps.entries()) {
    const isCutOff = steps[at + 1] !== undefined && 'breakOff' in steps[at + 1]!;
    if ('think' in step) {
      const deltas: object[] = pieces(step.think).map((thinking) => ({ type: 'thinking_delta', thinking }));
      if (step.signature !== undefined) deltas.push({ type: 'signature_delta', signature: step.signature });
      block({ type: 'thinking', thinking: '' }, deltas, !isCutOff);
    } else if ('say' in step)
      block(
        { type: 'text', text: '' },
        pieces(step.say).map((text) => ({ type: 'text_delta', text })),
        !isCutOff,
      );
    else if ('call' in step)
      block(
        { type: 'tool_use', id: step.id ?? `toolu_${index}`, name: step.call, input: {} },
        pieces(argsText(step.args)).map((partial_json) => ({ type: 'input_json_delta', partial_json })),
        !isCutOff && step.cut !== true,
      );
    else if ('finish' in step) {
      const reason = { stop: 'end_turn', length: 'max_tokens', calls: 'tool_use', filter: 'refusal' }[step.finish];
      out +=
        messagesFrame({
          type: 'message_delta',
          delta: { stop_reason: reason, stop_sequence: null },
          usage: { output_tokens: usage.output },
        } as { type: string }) + messagesFrame({ type: 'message_stop' });
    } else if ('error' in step) out += messagesFrame({ type: 'error', error: step.error } as { type: string });
  }
  return out;
};
