/** A scripted agent. Each turn depends on the number of tool outputs. */

import {
  type Call,
  callItem,
  completed,
  created,
  reasoningItem,
  saying,
  textItem,
  type UpstreamEvent,
} from './events.ts';
import type { Script, SeenRequest } from './strict-upstream.ts';

export interface Step {
  readonly text?: string;
  readonly thinking?: string;
  readonly calls?: readonly Call[];
}

/** Tool outputs since the last user message. A user message right after an output belongs to the output. */
export function answersSince(request: SeenRequest): Record<string, any>[] {
  const items: Record<string, any>[] = request.body.input.filter(
    (item: Record<string, any>) => item.role !== 'developer',
  );
  const lastUserMessage = items.findLastIndex(
    (item, index) => item.role === 'user' && items[index - 1]?.type !== 'function_call_output',
  );
  return items.slice(lastUserMessage + 1).filter((item) => item.type === 'function_call_output');
}

const isMain = (request: SeenRequest): boolean => (request.body.tools ?? []).length > 3;

let calls = 0;

export function agent(steps: readonly Step[]): Script {
  return (request) => {
    if (!isMain(request)) return saying('{"title":"A test"}');
    const rounds = new Set<number>();
    let done = 0;
    // A round ends when all calls of its step have outputs.
    for (const step of steps) {
      const wanted = step.calls?.length ?? 0;
      if (wanted === 0 || done + wanted > answersSince(request).length) break;
      done += wanted;
      rounds.add(done);
    }
    const step = steps[rounds.size] ?? { text: 'Nothing left to do.' };
    return stepEvents(step);
  };
}

export function stepEvents({ text, thinking, calls: wanted = [] }: Step): UpstreamEvent[] {
  let index = 0;
  const events = [created()];
  if (thinking) events.push(...reasoningItem(index++, thinking));
  if (text) events.push(...textItem(index++, text));
  for (const call of wanted) events.push(...callItem(index++, { ...call, callId: `call_t${calls++}` }, 400));
  return [...events, completed()];
}
