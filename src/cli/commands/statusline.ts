import { defineCommand } from '../command.ts';

export const statuslineCommand = defineCommand({
  name: 'statusline',
  summary: 'one line for Claude Code’s status line; launch shows it by itself',
  example: 'ccp statusline',
  run: async (_input, { env }) => {
    const { sessionLine } = await import('../statusline.ts');
    process.stdout.write(sessionLine(undefined, env));
    return 0;
  },
});
