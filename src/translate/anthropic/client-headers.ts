/** Which of Claude Code's own request headers go upstream with its request. */
import type { ForwardedHeaders } from '../dialect.ts';

type Headers = Readonly<Record<string, string>>;

const apiHeader = /^(?:anthropic-|x-stainless-|x-claude-code-|x-app$|user-agent$)/;

/** @param client lower-case, without secrets. */
export const forwardedHeaders = (client: Headers, forwarded: ForwardedHeaders): Headers =>
  Object.fromEntries(
    Object.entries(client).filter(([name]) =>
      forwarded === 'all' ? apiHeader.test(name) : forwarded === 'user-agent' && name === 'user-agent',
    ),
  );
