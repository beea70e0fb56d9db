/** Runs work sequentially. Claude Code requests dozens of counts at once; between two the event loop serves streams. */
export function createSequence(): <T>(work: () => Promise<T>) => Promise<T> {
  let previous: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = previous.then(() => new Promise((resolve) => setImmediate(resolve))).then(work);
    previous = turn.catch(() => {});
    return turn;
  };
}
