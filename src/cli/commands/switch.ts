import { defineCommand } from '../command.ts';
import type { SwitchFlags } from '../switch.ts';

export const switchCommand = defineCommand<SwitchFlags>({
  name: 'switch',
  summary: 'switch the model of a running session',
  arguments: [{ name: '<model>', description: 'a catalogue id or UPSTREAM/MODEL' }],
  flags: [
    { flags: '--session <id>', description: 'its name, or the beginning of it; the newest without one' },
    { flags: '--class <class>', description: 'the route to switch: main, fast, subagent, …', default: 'main' },
    { flags: '--yes', description: 'without asking', default: false },
  ],
  example: 'ccp switch kimi-for-coding --yes',
  run: async ({ flags, args }, context) => {
    const { switchModel } = await import('../switch.ts');
    return switchModel(args[0] ?? '', flags, context);
  },
});
