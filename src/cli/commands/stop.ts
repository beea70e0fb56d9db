import { defineCommand } from '../command.ts';

export const stopCommand = defineCommand({
  name: 'stop',
  summary: 'end a running session, or a background session and its proxy',
  arguments: [{ name: '<session>', description: 'name of the session, or its beginning' }],
  example: 'ccp stop s-4k2m',
  run: async ({ args: [name = ''] }, context) => {
    const { stopSession } = await import('../stop.ts');
    return stopSession(name, context);
  },
});
