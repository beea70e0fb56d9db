/** The pane is a terminal of its own: it is xterm-256color whatever stands outside, and not the outer tmux's pane. */
export function screenEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return { ...env, TERM: 'xterm-256color' };
}
