/** Judges what Claude Code would receive. Written from the API contract and the integrity rules; shares no code with ccp. */
import { type Answer, type CallPart, wholeCalls } from './answers.ts';
import type { Mutated } from './mutations.ts';

type ClientEvent = Record<string, any>;

export interface Received {
  readonly faults: string[];
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly { readonly name: string; readonly id: string; readonly json: string }[];
  readonly isComplete: boolean;
  readonly stopReason: string | undefined;
}

const allowedDeltas: Record<string, string[]> = {
  text: ['text_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
};

/** Reads the events as a client does. */
export function receive(events: readonly ClientEvent[]): Received {
  const faults: string[] = [];
  const calls: { name: string; id: string; json: string }[] = [];
  let [text, thinking] = ['', ''];
  let [index, state] = [-1, 'before'];
  let open: { type: string; name: string; id: string; json: string } | undefined;
  let stopReason: string | undefined;
  for (const event of events) {
    if (state === 'over') faults.push(`${event.type} after the end`);
    if (event.type === 'message_start') {
      if (state !== 'before') faults.push('a second message_start');
      state = 'in the message';
    } else if (event.type === 'content_block_start') {
      if (state !== 'in the message') faults.push('a block outside of the message');
      if (open) faults.push(`block ${event.index} starts inside block ${index}`);
      index += 1;
      if (event.index !== index) faults.push(`block ${event.index} instead of ${index}`);
      const { type, name = '', id = '' } = event.content_block;
      open = { type, name, id, json: '' };
    } else if (event.type === 'content_block_delta') {
      if (!open || event.index !== index) faults.push(`a delta of block ${event.index}, which is not open`);
      else if (!allowedDeltas[open.type]?.includes(event.delta.type))
        faults.push(`${event.delta.type} in a block of ${open.type}`);
      else {
        text += event.delta.text ?? '';
        thinking += event.delta.thinking ?? '';
        open.json += event.delta.partial_json ?? '';
      }
    } else if (event.type === 'content_block_stop') {
      if (!open || event.index !== index) faults.push(`a stop of block ${event.index}, which is not open`);
      if (open?.type === 'tool_use') calls.push(open);
      open = undefined;
    } else if (event.type === 'message_delta') {
      if (open) faults.push('message_delta inside a block');
      if (state !== 'in the message') faults.push('message_delta outside of the message');
      state = 'ended';
      stopReason = event.delta.stop_reason;
    } else if (event.type === 'message_stop') {
      if (state !== 'ended') faults.push('message_stop without message_delta');
      state = 'over';
    } else if (event.type === 'error') state = 'failed';
    else if (event.type !== 'ping') faults.push(`an event ${event.type}`);
  }
  return { faults, text, thinking, calls, isComplete: state === 'over', stopReason };
}

/** Whether the received arguments are those sent. Members without a value may be removed. */
function isSameArguments(received: string, sent: string): boolean {
  if (received === sent) return true;
  const [a, b] = [parse(received), parse(sent)];
  if (a === undefined || b === undefined) return false;
  const isEqual = (x: unknown, y: unknown) => JSON.stringify(x) === JSON.stringify(y);
  return (
    Object.entries(a).every(([key, value]) => isEqual(value, b[key])) &&
    Object.entries(b).every(([key, value]) => value === null || value === '' || isEqual(value, a[key]))
  );
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text === '' ? '{}' : text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const expectedText = ({ parts }: Answer, type: 'text' | 'thinking'): string =>
  parts.flatMap((part) => (part.type === type ? [part.text] : [])).join('');

/** @returns the violations of the rules. */
export function judge(
  answer: Answer,
  { expected, changesArguments }: Mutated,
  received: Received,
  failure: string | undefined,
): string[] {
  const faults = [...received.faults];
  const fault = (text: string) => faults.push(text);
  if (received.isComplete !== (failure === undefined))
    fault(`complete: ${received.isComplete}, failure: ${failure ?? 'none'}`);
  for (const { name, json } of received.calls)
    if (parse(json) === undefined) fault(`the closed call of ${name} has no object: ${json.slice(0, 80)}`);
  const whole = wholeCalls(answer);
  // A call that lost all its arguments is refused by Claude Code, which knows what the tool requires.
  const checked =
    expected === 'safe' ? received.calls.filter(({ json }) => json !== '' && json !== '{}') : received.calls;
  if (!changesArguments) checkCalls(checked, whole, fault);
  const ids = received.calls.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) fault('two calls with one id');
  if (expected === 'safe') return faults;
  const [text, thinking] = [expectedText(answer, 'text'), expectedText(answer, 'thinking')];
  if (expected === 'prefix' && received.isComplete) fault('a cut stream is a complete message');
  const isWhole = expected === 'same' || (expected === 'prefix or same' && received.isComplete);
  if (!isWhole) {
    if (!text.startsWith(received.text)) fault(`text: ${received.text.slice(0, 120)}`);
    if (!thinking.startsWith(received.thinking)) fault(`thinking: ${received.thinking.slice(0, 120)}`);
    return faults;
  }
  // A live call that a limit cuts is an error: its block is open.
  if (failure !== undefined && answer.end !== 'stop' && /^(incomplete|broken)_tool_call/.test(failure)) return faults;
  if (failure !== undefined) fault(`failure ${failure}`);
  if (received.text !== text && answer.end !== 'filter')
    fault(`text ${JSON.stringify(received.text.slice(0, 200))} instead of ${JSON.stringify(text.slice(0, 200))}`);
  if (received.thinking.trim() !== thinking.trim())
    fault(
      `thinking ${JSON.stringify(received.thinking.slice(0, 200))} instead of ${JSON.stringify(thinking.slice(0, 200))}`,
    );
  // Calls of an answer that a limit or a filter cut may be dropped, because further ones may be missing.
  if (answer.end === 'stop' && received.calls.length !== whole.length)
    fault(`${received.calls.length} calls instead of ${whole.length}`);
  const reasons = {
    stop: [whole.length > 0 ? 'tool_use' : 'end_turn'],
    length: ['max_tokens'],
    filter: ['refusal'],
  }[answer.end];
  if (!reasons.includes(received.stopReason ?? '')) fault(`stop reason ${received.stopReason}, not ${reasons.join()}`);
  return faults;
}

/** Each received call is one that was sent, in order, and none runs twice. */
function checkCalls(calls: Received['calls'], whole: readonly CallPart[], fault: (text: string) => void): void {
  const left = [...whole];
  for (const { name, json } of calls) {
    const at = left.findIndex((call) => call.name === name && isSameArguments(json, call.args));
    if (at < 0) fault(`a call of ${name} that was not sent, or again: ${json.slice(0, 120)}`);
    else left.splice(at, 1);
  }
}
