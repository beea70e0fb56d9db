// `npm start`: runs Claude Code on the demo upstream. Without an interactive terminal it prints alternatives and exits.
const args = process.argv.slice(2);
if (!process.stdin.isTTY || !process.stdout.isTTY) {
  process.stderr.write(
    [
      '`npm start` opens a full-screen terminal program and needs an interactive terminal (stdin and stdout a TTY).',
      'Run it in a terminal, or without one:',
      '  node bin/ccp.js launch --demo -- -p "what is in this folder?"   one headless answer',
      '  node bin/ccp.js serve --json                                    the proxy alone',
      '  npm test                                                        the tests',
      '',
    ].join('\n'),
  );
  process.exit(2);
}
process.argv.splice(2, args.length, 'launch', '--demo', ...args);
await import('./ccp.js');
