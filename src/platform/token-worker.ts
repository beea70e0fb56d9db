/** A worker thread that counts tokens, so that counting does not delay streams. */
import { parentPort } from 'node:worker_threads';
import { CachingCounter } from './o200k.ts';

const counter = new CachingCounter();

parentPort?.on('message', ({ id, texts }: { id: number; texts: readonly string[] }) => {
  parentPort?.postMessage({ id, tokens: counter.count(texts) });
});
