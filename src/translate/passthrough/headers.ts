/** Which of Claude Code's headers go upstream with its request. */
import type { PassthroughQuirks } from './profile.ts';

type Headers = Readonly<Record<string, string>>;

const version = '2023-06-01';
const apiHeader = /^(?:anthropic-|x-stainless-|x-claude-code-|x-app$|user-agent$)/;

export function forwardedHeaders(client: Headers, { clientHeaders }: PassthroughQuirks): Headers {
  const kept = Object.entries(client).filter(([name]) =>
    clientHeaders === 'all' ? apiHeader.test(name) : clientHeaders === 'user-agent' && name === 'user-agent',
  );
  return { 'anthropic-version': version, ...Object.fromEntries(kept) };
}

/** What Claude Code reads of an answer's headers: limits, and what support asks for. */
export const returnedHeaders = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(?:anthropic-|cf-ray$|x-should-retry$)/.test(name)));
