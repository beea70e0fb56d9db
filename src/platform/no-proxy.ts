const loopbackHosts = ['127.0.0.1', 'localhost', '::1'];

/** Adds loopback to a `NO_PROXY` list. Without it, an HTTP proxy in the environment would receive local requests. */
export function withLoopback(noProxy: string | undefined): string {
  const entries = (noProxy ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return [...entries, ...loopbackHosts.filter((host) => !entries.includes(host))].join(',');
}

export const isLoopback = (url: string): boolean =>
  loopbackHosts.includes(new URL(url).hostname.replace(/^\[|\]$/g, ''));
