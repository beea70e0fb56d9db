import { groupings } from '../../ledger/sum.ts';
import { defineCommand } from '../command.ts';
import { jsonFlag } from '../flags.ts';
import type { UsageOptions } from '../usage.ts';

export const usageCommand = defineCommand<UsageOptions>({
  name: 'usage',
  summary: 'the ledger, summed',
  flags: [
    { flags: '--by <key>', description: 'group by', choices: groupings },
    {
      flags: '--since <date>',
      description: 'from this day on: YYYY-MM-DD, today, yesterday, or 7d for the last seven days',
    },
    { flags: '--until <date>', description: 'up to and with this day, in the same forms' },
    jsonFlag,
    { flags: '--csv', description: 'as CSV', default: false },
  ],
  example: 'ccp usage --by model --since 7d',
  run: async ({ flags }, context) => {
    const { usage } = await import('../usage.ts');
    return usage(flags, context);
  },
});
