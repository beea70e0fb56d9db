import { defineCommand } from '../command.ts';
import { jsonFlag } from '../flags.ts';
import type { UsageOptions } from '../usage.ts';

export const usageCommand = defineCommand<UsageOptions>({
  name: 'usage',
  summary: 'the ledger, summed',
  flags: [
    { flags: '--by <key>', description: 'group by', choices: ['day', 'model', 'upstream', 'repo', 'session'] },
    { flags: '--since <date>', description: 'from this day on, YYYY-MM-DD' },
    { flags: '--until <date>', description: 'up to and with this day, YYYY-MM-DD' },
    jsonFlag,
    { flags: '--csv', description: 'as CSV', default: false },
  ],
  example: 'ccp usage --by model --since 2026-11-01',
  run: async ({ flags }, context) => {
    const { usage } = await import('../usage.ts');
    return usage(flags, context);
  },
});
