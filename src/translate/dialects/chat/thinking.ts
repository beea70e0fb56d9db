/** Request fields that control thinking, in each host's form. */
import type { Effort, ModelRow } from '../../../models/types.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { clampEffort, requestedEffort, wantsThinking } from '../../anthropic/effort.ts';
import type { ChatProfile } from './profile.ts';

export interface ThinkingOptions {
  /** Effort set by the route; overrides the client's. */
  readonly effort: Effort | undefined;
  readonly row: ModelRow | undefined;
}

const highOrMax = (effort: Effort): string => (effort === 'xhigh' || effort === 'max' ? 'max' : 'high');
const lowHighMax = (effort: Effort): string => (effort === 'low' || effort === 'medium' ? 'low' : highOrMax(effort));

export function thinkingFields(
  request: MessagesRequest,
  { thinking }: ChatProfile,
  { effort: routeEffort, row }: ThinkingOptions,
): JsonObject {
  const requested = requestedEffort(request, routeEffort);
  const isEnabled = requested === undefined ? wantsThinking(request) : requested !== 'none';
  // A model without known efforts may reject an effort field.
  const hasEfforts = (row?.efforts.length ?? 0) > 0 || routeEffort !== undefined;
  const effort = requested === undefined || !hasEfforts ? undefined : clampEffort(requested, row);
  switch (thinking) {
    case 'effort':
      return effort === undefined ? {} : { reasoning_effort: effort };
    case 'type':
      return { thinking: { type: isEnabled ? 'enabled' : 'disabled', clear_thinking: false } };
    case 'type-or-effort':
      // Newer models accept an effort; older ones only `thinking.type`.
      if (hasEfforts)
        return requested === undefined || requested === 'none' ? {} : { reasoning_effort: lowHighMax(requested) };
      return row?.efforts.length === 0 ? { thinking: { type: isEnabled ? 'enabled' : 'disabled' } } : {};
    case 'type-and-effort':
      if (!hasEfforts) return {};
      return isEnabled
        ? {
            thinking: { type: 'enabled' },
            ...(requested === undefined ? {} : { reasoning_effort: highOrMax(requested) }),
          }
        : { thinking: { type: 'disabled' } };
    case 'type-with-effort':
      if (!isEnabled) return { thinking: { type: 'disabled' } };
      return {
        thinking: {
          type: 'enabled',
          keep: 'all',
          ...(requested === undefined || !hasEfforts ? {} : { effort: lowHighMax(requested) }),
        },
      };
    case 'reasoning':
      if (!isEnabled) return { reasoning: { enabled: false } };
      return { reasoning: effort === undefined ? { enabled: true } : { effort } };
    case 'template':
      return hasEfforts ? { chat_template_kwargs: { enable_thinking: isEnabled } } : {};
  }
}
