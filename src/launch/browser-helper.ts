/** The process that opens the browser: what it starts inherits its environment, which holds no credential. */
import { text } from 'node:stream/consumers';
import open from 'open';
import { asString, isObject, parseJson } from '../wire/json.ts';

const request = parseJson(await text(process.stdin));
const url = isObject(request) ? asString(request.url) : undefined;
let opened = false;
if (url !== undefined)
  try {
    const child = await open(url);
    opened = await new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(false));
      // `xdg-open` fails within moments where there is nothing to open with.
      child.once('exit', (code) => resolve(code === 0));
      setTimeout(() => resolve(true), 1_000);
    });
  } catch {
    // Told by the answer.
  }
process.stdout.write(JSON.stringify({ opened }), () => process.exit());
