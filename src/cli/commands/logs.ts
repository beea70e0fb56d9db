import { logLevels } from '../../session/log-line.ts';
import { defineCommand } from '../command.ts';
import type { LogOptions } from '../logs.ts';

export const logsCommand = defineCommand<LogOptions>({
  name: 'logs',
  summary: "the proxy's log",
  flags: [
    { flags: '-f, --follow', description: 'go on printing', default: false },
    { flags: '--level <level>', description: 'this level and those above it', choices: logLevels },
    { flags: '--session <session>', description: 'of this session, as `ccp status` lists it' },
    { flags: '--id <id>', description: 'of this request, or of those whose id begins so' },
    { flags: '--json', description: 'the lines of the file', default: false },
  ],
  example: 'ccp logs -f --level warn',
  run: async ({ flags }, context) => {
    const { logs } = await import('../logs.ts');
    return logs(flags, context);
  },
});
