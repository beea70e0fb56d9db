/**
 * The process that accesses the OS keychain: a D-Bus that does not respond blocks its caller forever, even its exit. It
 * reads one request from stdin and writes one response to stdout.
 */
import { text } from 'node:stream/consumers';
import { parseJson } from '../wire/json.ts';
import { answerKeychain } from './keychain-request.ts';

const request = parseJson(await text(process.stdin));
const response = await answerKeychain(request, async () => (await import('keytar')).default);
process.stdout.write(JSON.stringify(response), () => process.exit());
