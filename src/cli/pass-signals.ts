import { signalExit } from '../launch/signal-exit.ts';

/** How long a program may take to end before it is asked more firmly. */
export const timeoutMs = 1_500;

/** Gives ccp's signals to the program of the pane. @returns a function that ends it. */
export function passSignals(kill: (signal: NodeJS.Signals) => void): () => void {
  const timers: NodeJS.Timeout[] = [];
  const pass = (signal: NodeJS.Signals) => {
    kill(signal);
    timers.push(setTimeout(() => kill('SIGKILL'), timeoutMs));
    // A program that survives even that must not keep the terminal.
    timers.push(setTimeout(() => process.exit(signalExit(signal)), 2 * timeoutMs));
  };
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, pass);
  return () => {
    for (const timer of timers) clearTimeout(timer);
    // Signals during teardown change nothing.
    for (const name of names) {
      process.on(name, () => {});
      process.off(name, pass);
    }
  };
}
