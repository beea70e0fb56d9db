/** Texts that stand in a history for what is missing there. The same in every dialect. */

/** A message or a conversation without content. */
export const emptyMessage = '(empty message)';
/** The result of a call that returned nothing. */
export const emptyOutput = '(no output)';
/** The result of a call that has none. */
export const missingOutput = '[no result]';
/** Before the result of a call that failed. */
export const errorPrefix = '[tool error] ';
/** Before a result whose call is not in the conversation, or that is a further one. */
export const orphanedResult = '[result of an earlier tool call]';
