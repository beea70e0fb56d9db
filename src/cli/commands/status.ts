import { defineCommand } from '../command.ts';
import { jsonFlag } from '../flags.ts';

export const statusCommand = defineCommand<{ readonly json: boolean }>({
  name: 'status',
  summary: 'running sessions, their routes, credentials, settings',
  flags: [jsonFlag],
  example: 'ccp status',
  run: async ({ flags }, context) => {
    const { status } = await import('../status.ts');
    return status(flags.json, context);
  },
});
