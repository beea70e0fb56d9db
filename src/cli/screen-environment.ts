/** The pane is a terminal of its own, so TERM is xterm-256color regardless of the outer terminal. */
export function screenEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return { ...env, TERM: 'xterm-256color' };
}
