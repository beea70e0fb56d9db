/** A thread that counts tokens, so that no stream waits for a count. */
import { parentPort } from 'node:worker_threads';
import { RememberingCounter } from './o200k.ts';

const counter = new RememberingCounter();

parentPort?.on('message', ({ id, texts }: { id: number; texts: readonly string[] }) => {
  parentPort?.postMessage({ id, tokens: counter.count(texts) });
});
