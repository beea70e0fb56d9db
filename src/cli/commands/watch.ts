import { defineCommand } from '../command.ts';

export const watchCommand = defineCommand({
  name: 'watch',
  summary: 'the meter of a running session, in another terminal',
  arguments: [{ name: '[session]', description: 'its name, or the beginning of it; the newest without one' }],
  example: 'ccp watch',
  run: async ({ args }, context) => {
    const { watch } = await import('../watch.ts');
    return watch(args[0], context);
  },
});
