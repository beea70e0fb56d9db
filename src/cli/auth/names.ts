import { UserError } from '../../errors/user-error.ts';
import { type Context, upstreamNames } from '../context.ts';

/** Everything that one can sign in to. */
export const loginNames = (context: Context): string[] => upstreamNames(context).filter((name) => name !== 'demo');

/** @throws UserError naming what there is. */
export function checkUpstream(name: string | undefined, verb: string, context: Context): string {
  const known = loginNames(context);
  if (name !== undefined && known.includes(name)) return name;
  const what = name === undefined ? 'Which upstream?' : `There is no upstream "${name}".`;
  throw new UserError(`${what} \`ccp auth ${verb} UPSTREAM\` with one of ${known.join(', ')}.`, 2);
}
