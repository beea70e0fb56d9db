/** End and suspension of the program in the pane. */
import type { Pty } from '../terminal/pty.ts';
import type { Screen } from '../terminal/screen.ts';
import { timeoutMs } from './pass-signals.ts';
import { resumeTimeoutMs } from './screen-facts.ts';

/** Sends SIGINT, then SIGHUP, then SIGKILL. Claude Code exits cleanly on the first. */
export function endProgram(pty: Pty): void {
  pty.kill('SIGINT');
  setTimeout(() => pty.kill('SIGHUP'), timeoutMs).unref();
  setTimeout(() => pty.kill('SIGKILL'), 2 * timeoutMs).unref();
}

/** Stops the whole job, as the shell expects. When the job continues, the screen is redrawn. */
export function suspendJob(screen: Screen, pty: Pty | undefined): void {
  screen.suspend();
  pty?.kill('SIGSTOP');
  let isSuspended = true;
  const onContinue = () => {
    if (!isSuspended) return;
    isSuspended = false;
    screen.resume();
    pty?.kill('SIGCONT');
  };
  process.once('SIGCONT', onContinue);
  process.kill(0, 'SIGTSTP');
  // The kernel ignores the stop when no parent shell could continue the process.
  setTimeout(onContinue, resumeTimeoutMs);
}
