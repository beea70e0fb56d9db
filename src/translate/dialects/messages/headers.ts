/** The response headers that Claude Code reads, and the header of each request in this dialect. */

type Headers = Readonly<Record<string, string>>;

export const versionHeader: Headers = { 'anthropic-version': '2023-06-01' };

/** Rate limits, and the headers that support asks for. */
export const returnedHeaders = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(?:anthropic-|cf-ray$|x-should-retry$)/.test(name)));
