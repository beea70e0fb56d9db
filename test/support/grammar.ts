/**
 * Validates a Messages stream against the published grammar, byte for byte. Written from the API contract; shares no
 * code with ccp.
 */

export interface JudgedBlock {
  readonly type: string;
  readonly start: Record<string, unknown>;
  text: string;
  signature: string;
  readonly citations: Record<string, unknown>[];
  closed: boolean;
}

export interface Judgement {
  readonly faults: string[];
  readonly blocks: JudgedBlock[];
  /** `message_stop` was received. */
  readonly complete: boolean;
  readonly error: { type: string; message: string } | undefined;
  readonly stopReason: string | undefined;
  readonly usage: Record<string, unknown> | undefined;
  readonly model: string | undefined;
  readonly pings: number;
}

const deltaOf: Record<string, string[]> = {
  text: ['text_delta', 'citations_delta'],
  server_tool_use: ['input_json_delta'],
  web_search_tool_result: [],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
};

export function judge(stream: string): Judgement {
  const faults: string[] = [];
  const blocks: JudgedBlock[] = [];
  let open: { index: number; block: JudgedBlock } | undefined;
  let state: 'new' | 'started' | 'delta' | 'stopped' | 'errored' = 'new';
  let error: Judgement['error'];
  let stopReason: string | undefined;
  let usage: Record<string, unknown> | undefined;
  let model: string | undefined;
  let pings = 0;

  if (stream !== '' && !stream.endsWith('\n\n')) faults.push('the stream does not end with a whole frame');
  for (const frame of stream.split('\n\n').filter((text) => text !== '')) {
    const lines = frame.split('\n');
    const name = lines[0]?.startsWith('event: ') ? lines[0].slice(7) : undefined;
    const data = lines[1]?.startsWith('data: ') ? lines[1].slice(6) : undefined;
    if (name === undefined || data === undefined || lines.length !== 2) {
      faults.push(`a frame is not one event line and one data line: ${frame.slice(0, 60)}`);
      continue;
    }
    const event = JSON.parse(data) as Record<string, any>;
    if (event.type !== name) faults.push(`event line ${name} over type ${event.type}`);
    if (state === 'stopped' || state === 'errored') faults.push(`${name} after the end`);
    switch (name) {
      case 'ping':
        pings += 1;
        break;
      case 'message_start':
        if (state !== 'new') faults.push('a second message_start');
        state = 'started';
        model = event.message.model;
        if (event.message.role !== 'assistant' || event.message.content.length !== 0)
          faults.push('a message_start that is not empty');
        break;
      case 'content_block_start': {
        if (state !== 'started') faults.push('a block outside the message');
        if (open) faults.push(`block ${event.index} opens while ${open.index} is open`);
        if (event.index !== blocks.length) faults.push(`block index ${event.index}, expected ${blocks.length}`);
        const block = {
          type: event.content_block.type,
          start: event.content_block,
          text: '',
          signature: '',
          citations: [],
          closed: false,
        };
        if (block.type.endsWith('tool_use') && JSON.stringify(block.start.input) !== '{}')
          faults.push('a tool_use that starts with input');
        blocks.push(block);
        open = { index: event.index, block };
        break;
      }
      case 'content_block_delta':
        if (open?.index !== event.index || !open) faults.push(`a delta for block ${event.index}, which is not open`);
        else {
          if (!deltaOf[open.block.type]?.includes(event.delta.type))
            faults.push(`${event.delta.type} inside ${open.block.type}`);
          open.block.text += event.delta.text ?? event.delta.thinking ?? event.delta.partial_json ?? '';
          open.block.signature += event.delta.signature ?? '';
          if (event.delta.citation) open.block.citations.push(event.delta.citation);
        }
        break;
      case 'content_block_stop':
        if (open?.index !== event.index || !open) faults.push(`a stop for block ${event.index}, which is not open`);
        else {
          open.block.closed = true;
          if (open.block.type.endsWith('tool_use') && !isObjectText(open.block.text))
            faults.push('a closed tool_use whose input is no JSON object');
          open = undefined;
        }
        break;
      case 'message_delta':
        if (open) faults.push('message_delta inside a block');
        if (state !== 'started') faults.push('message_delta out of place');
        state = 'delta';
        stopReason = event.delta.stop_reason;
        usage = event.usage;
        break;
      case 'message_stop':
        if (state !== 'delta') faults.push('message_stop without message_delta');
        state = 'stopped';
        break;
      case 'error':
        state = 'errored';
        error = event.error;
        if (typeof error?.type !== 'string' || typeof error.message !== 'string')
          faults.push('an error without type and message');
        break;
      default:
        faults.push(`an unknown event ${name}`);
    }
  }
  if (state === 'delta') faults.push('a message_delta without message_stop');
  return { faults, blocks, complete: state === 'stopped', error, stopReason, usage, model, pings };
}

function isObjectText(text: string): boolean {
  try {
    const value = JSON.parse(text === '' ? '{}' : text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
