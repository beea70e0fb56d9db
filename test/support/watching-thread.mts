import { parentPort, workerData } from 'node:worker_threads';
import { type WatchedThread, watchThread } from '../../src/terminal/watchdog.ts';

if (parentPort) watchThread(parentPort, workerData as WatchedThread);
