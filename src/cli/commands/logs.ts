import { defineCommand } from '../command.ts';

export const logsCommand = defineCommand<{ readonly follow: boolean }>({
  name: 'logs',
  summary: "the proxy's log",
  flags: [{ flags: '-f, --follow', description: 'go on printing', default: false }],
  example: 'ccp logs -f',
  run: async ({ flags }, context) => {
    const { logs } = await import('../logs.ts');
    return logs(flags.follow, context);
  },
});
