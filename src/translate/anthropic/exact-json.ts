/** Numbers that change when JSON is parsed and written again. Claude Code would run a call with other arguments. */
import { CcpError } from '../../errors/ccp-error.ts';

/** Whether a parsed value contains a number that was not read exactly: too large, or an integer beyond 2^53. */
export const hasInexactNumber = (value: unknown): boolean =>
  someNumber(value, (one) => !Number.isFinite(one) || (Number.isInteger(one) && !Number.isSafeInteger(one)));

/** Whether a parsed value contains a number beyond the range of JavaScript, which would be written as `null`. */
export const hasInfiniteNumber = (value: unknown): boolean => someNumber(value, (one) => !Number.isFinite(one));

/** Without recursion: a host can nest values as deep as it likes. */
function someNumber(value: unknown, test: (one: number) => boolean): boolean {
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const one = rest.pop();
    if (typeof one === 'number' && test(one)) return true;
    if (typeof one === 'object' && one !== null) for (const inner of Object.values(one)) rest.push(inner);
  }
  return false;
}

/** The JSON text of arguments that a host sent as a value. @throws CcpError `broken_tool_call`. */
export function argumentsText(value: unknown, tool: string): string {
  if (hasInexactNumber(value))
    throw new CcpError(
      'broken_tool_call',
      `The upstream sent a call of ${tool} with a number that cannot be read exactly.`,
    );
  return JSON.stringify(value);
}
