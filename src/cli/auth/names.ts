import type { AppContext } from '../../app/context.ts';
import { UserError } from '../../errors/user-error.ts';

/** Everything that one can sign in to. */
export const loginNames = ({ upstreams }: AppContext): string[] =>
  upstreams.filter(({ transport }) => transport !== 'in-process').map(({ name }) => name);

/** @throws UserError naming what there is. */
export function checkUpstream(name: string | undefined, verb: string, context: AppContext): string {
  const known = loginNames(context);
  if (name !== undefined && known.includes(name)) return name;
  // It may be a key, given in the wrong place: it is not repeated.
  const isName = name !== undefined && /^[a-z][a-z0-9-]{0,31}$/.test(name) && !name.startsWith('sk-');
  const what =
    name === undefined ? 'Which upstream?' : `There is no upstream ${isName ? `"${name}"` : 'of that name'}.`;
  throw new UserError(
    `${what} \`ccp auth ${verb} UPSTREAM\` with one of ${known.join(', ')}. API keys are prompted for, or read from stdin.`,
    2,
  );
}
