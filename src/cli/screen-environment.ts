/** The pane is a terminal of its own: it is xterm-256color whatever stands outside. */
export function screenEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return { ...env, TERM: 'xterm-256color' };
}
