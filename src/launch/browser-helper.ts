/** Helper process that opens the browser. The browser inherits its environment, which contains no credentials. */
import { text } from 'node:stream/consumers';
import open from 'open';
import { parseJson } from '../wire/json.ts';
import { openUrl } from './open-url.ts';

const opened = await openUrl(parseJson(await text(process.stdin)), open);
process.stdout.write(JSON.stringify({ opened }), () => process.exit());
