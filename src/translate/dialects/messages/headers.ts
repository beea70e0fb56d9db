/** What Claude Code reads of an answer's headers, and what each request of this dialect carries. */

type Headers = Readonly<Record<string, string>>;

export const versionHeader: Headers = { 'anthropic-version': '2023-06-01' };

/** Limits, and what support asks for. */
export const returnedHeaders = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(?:anthropic-|cf-ray$|x-should-retry$)/.test(name)));
