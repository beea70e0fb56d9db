/** How each host is told to think. */
import type { Effort, ModelRow } from '../../../models/types.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { clampEffort, requestedEffort, wantsThinking } from '../../anthropic/effort.ts';
import type { ChatProfile } from './profile.ts';

export interface ThinkingOptions {
  /** The route's own effort, above what the client asks. */
  readonly effort: Effort | undefined;
  readonly row: ModelRow | undefined;
}

const highOrMax = (effort: Effort): string => (effort === 'xhigh' || effort === 'max' ? 'max' : 'high');
const lowHighMax = (effort: Effort): string => (effort === 'low' || effort === 'medium' ? 'low' : highOrMax(effort));

export function thinkingFields(
  request: MessagesRequest,
  { thinking }: ChatProfile,
  { effort: route, row }: ThinkingOptions,
): JsonObject {
  const requested = requestedEffort(request, route);
  const on = requested === undefined ? wantsThinking(request) : requested !== 'none';
  // A model that is not known to think may refuse to be told how hard.
  const thinks = (row?.efforts.length ?? 0) > 0 || route !== undefined;
  const effort = requested === undefined || !thinks ? undefined : clampEffort(requested, row);
  switch (thinking) {
    case 'effort':
      return effort === undefined ? {} : { reasoning_effort: effort };
    case 'type':
      return { thinking: { type: on ? 'enabled' : 'disabled', clear_thinking: false } };
    case 'type-or-effort':
      // Newer models have efforts; older ones a switch.
      if (thinks)
        return requested === undefined || requested === 'none' ? {} : { reasoning_effort: lowHighMax(requested) };
      return row?.efforts.length === 0 ? { thinking: { type: on ? 'enabled' : 'disabled' } } : {};
    case 'type-and-effort':
      if (!thinks) return {};
      return on
        ? {
            thinking: { type: 'enabled' },
            ...(requested === undefined ? {} : { reasoning_effort: highOrMax(requested) }),
          }
        : { thinking: { type: 'disabled' } };
    case 'type-with-effort':
      if (!on) return { thinking: { type: 'disabled' } };
      return {
        thinking: {
          type: 'enabled',
          keep: 'all',
          ...(requested === undefined || !thinks ? {} : { effort: lowHighMax(requested) }),
        },
      };
    case 'reasoning':
      if (!on) return { reasoning: { enabled: false } };
      return { reasoning: effort === undefined ? { enabled: true } : { effort } };
    case 'template':
      return thinks ? { chat_template_kwargs: { enable_thinking: on } } : {};
  }
}
