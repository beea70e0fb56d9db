import type { MessagesEvent } from '../wire/anthropic.ts';

/** Claude Code ignores data-only frames: the `event:` line is always there. */
export const encodeEvent = (event: MessagesEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

export const encodeData = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
