/** The thread that draws ccp's UI, and watches the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import '../../components/ui-worker.tsx';
import { type WatchedThread, watchThread } from '../terminal/watchdog.ts';

if (parentPort) watchThread(parentPort, workerData as WatchedThread);
