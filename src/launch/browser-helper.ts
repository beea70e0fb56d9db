/** Helper process that opens the browser. The browser inherits its environment, which contains no credentials. */
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
      // `xdg-open` fails within moments when no program can open the URL.
      child.once('exit', (code) => resolve(code === 0));
      setTimeout(() => resolve(true), 1_000);
    });
  } catch {
    // Reported as `opened: false`.
  }
process.stdout.write(JSON.stringify({ opened }), () => process.exit());
