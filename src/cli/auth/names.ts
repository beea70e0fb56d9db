import type { AppContext } from '../../app/context.ts';
import { UserError } from '../../errors/user-error.ts';
import { baseName } from '../../upstreams/login-name.ts';

/** Names of the upstreams that accept a login. */
export const loginNames = ({ upstreams }: AppContext): string[] =>
  upstreams.filter(({ transport }) => transport !== 'in-process').map(({ name }) => name);

/** @throws UserError that lists the valid names. */
export function checkUpstream(name: string | undefined, verb: string, context: AppContext): string {
  const names = loginNames(context);
  if (name !== undefined && names.includes(name)) return name;
  // The argument may be an API key in the wrong place. It is printed only when it looks like a name.
  const isName =
    name !== undefined && /^[a-z][a-z0-9-]{0,31}(?:#[a-z0-9-]{0,32})?$/.test(name) && !name.startsWith('sk-');
  if (isName && name !== undefined && names.includes(baseName(name)))
    throw new UserError(`There is no login ${name}. \`ccp auth login ${name}\` signs in.`, 2);
  const what =
    name === undefined ? 'Which upstream?' : `There is no upstream ${isName ? `"${name}"` : 'of that name'}.`;
  throw new UserError(
    `${what} \`ccp auth ${verb} UPSTREAM\` with one of ${names.join(', ')}. API keys are prompted for, or read from stdin.`,
    2,
  );
}
