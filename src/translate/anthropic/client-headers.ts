/** Which of Claude Code's own request headers are forwarded upstream. */
import type { ForwardedHeaders } from '../dialect.ts';

type Headers = Readonly<Record<string, string>>;

const apiHeader = /^(?:anthropic-|x-stainless-|x-claude-code-|x-app$|user-agent$)/;

/** Sent by Claude Code where the user has turned on tracing. A trace continues to any upstream. */
export const traceHeaders = (client: Headers): Headers =>
  Object.fromEntries(Object.entries(client).filter(([name]) => name === 'traceparent' || name === 'tracestate'));

/** @param client request headers with lower-case names, without secrets. */
export const forwardedHeaders = (client: Headers, forwarded: ForwardedHeaders): Headers =>
  Object.fromEntries(
    Object.entries(client).filter(([name]) =>
      forwarded === 'all' ? apiHeader.test(name) : forwarded === 'user-agent' && name === 'user-agent',
    ),
  );
