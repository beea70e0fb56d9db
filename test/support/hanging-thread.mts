// Runs work that never ends (`hang`), or has nothing to do, while another thread watches. For watchdog.test.ts.
import { Worker } from 'node:worker_threads';
import { WorkCounter, watchMessage } from '../../src/terminal/watchdog.ts';

const work = new WorkCounter();
const worker = new Worker(new URL('watching-thread.js', import.meta.url), {
  workerData: { progress: work.shared, rescue: undefined, checkMs: 100 },
});
work.onBegin = () => worker.postMessage(watchMessage);
work.run(() => {});
if (process.argv[2] === 'hang')
  work.run(() => {
    for (;;);
  });
else setTimeout(() => process.exit(7), 2_000);
