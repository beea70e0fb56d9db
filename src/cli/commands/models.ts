import { defineCommand } from '../command.ts';
import { jsonFlag } from '../flags.ts';

export const modelsCommand = defineCommand<{ readonly upstream?: string; readonly json: boolean }>({
  name: 'models',
  summary: 'every model that can be routed to, with window, price and login',
  flags: [{ flags: '--upstream <name>', description: 'of this upstream alone' }, jsonFlag],
  example: 'ccp models --upstream codex',
  run: async ({ flags }, context) => {
    const { models } = await import('../models.ts');
    return models({ upstream: flags.upstream, json: flags.json }, context);
  },
});
