const loopback = ['127.0.0.1', 'localhost', '::1'];

/** A `NO_PROXY` list that spares loopback: an HTTP proxy in the environment would capture even a local base URL. */
export function withLoopback(noProxy: string | undefined): string {
  const kept = (noProxy ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return [...kept, ...loopback.filter((host) => !kept.includes(host))].join(',');
}

export const isLoopback = (url: string): boolean => loopback.includes(new URL(url).hostname.replace(/^\[|\]$/g, ''));
