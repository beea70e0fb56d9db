import type { MessagesEvent } from '../wire/anthropic.ts';

/** Claude Code ignores events without an `event:` line, so it is always written. */
export const encodeEvent = (event: MessagesEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

export const encodeData = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
