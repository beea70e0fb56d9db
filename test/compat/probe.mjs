// The program under test: prints the given texts and records every received byte and terminal size.
// probe.mjs LOG [HEX-OF-TEXT…]: prints the texts 60 ms apart.
import { writeFileSync } from 'node:fs';

const [log, ...texts] = process.argv.slice(2);
const seen = { received: '', sizes: [[process.stdout.columns, process.stdout.rows]], said: 0 };
const store = () => writeFileSync(log, JSON.stringify(seen));
process.stdin.setRawMode(true);
process.stdin.on('data', (data) => {
  seen.received += data.toString('latin1');
  store();
});
process.stdout.on('resize', () => {
  seen.sizes.push([process.stdout.columns, process.stdout.rows]);
  store();
});
for (const text of texts) {
  process.stdout.write(Buffer.from(text, 'hex'));
  seen.said += 1;
  store();
  await new Promise((resolve) => setTimeout(resolve, 60));
}
store();
setTimeout(() => process.exit(0), 60_000);
