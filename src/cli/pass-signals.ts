import { signalExit } from '../launch/signal-exit.ts';

/** How long a program may take to exit before it is sent a stronger signal. */
export const timeoutMs = 1_500;

/**
 * Ctrl+\ ends a program without a screen, as everywhere. `bin/ccp.js` ignores it at first, because it is the default
 * prefix key, and a signal before the terminal is in raw mode.
 */
export function restoreQuitKey(): void {
  process.removeAllListeners('SIGQUIT');
}

/** Forwards ccp's signals to the program in the pane. @returns a function that stops forwarding. */
export function passSignals(kill: (signal: NodeJS.Signals) => void): () => void {
  const timers: NodeJS.Timeout[] = [];
  const forward = (signal: NodeJS.Signals) => {
    kill(signal);
    timers.push(setTimeout(() => kill('SIGKILL'), timeoutMs));
    // A program that survives SIGKILL must not keep the terminal, so ccp exits.
    timers.push(setTimeout(() => process.exit(signalExit(signal)), 2 * timeoutMs));
  };
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, forward);
  return () => {
    for (const timer of timers) clearTimeout(timer);
    // Signals during teardown are ignored.
    for (const name of names) {
      process.on(name, () => {});
      process.off(name, forward);
    }
  };
}
