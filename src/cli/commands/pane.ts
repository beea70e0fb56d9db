import { defineCommand } from '../command.ts';
import { layoutFlag } from '../flags.ts';

export const paneCommand = defineCommand<{ readonly layout?: string }>({
  name: 'pane',
  summary: 'any command in the screen of ccp, without proxy or credential',
  usage: '[options] -- COMMAND…',
  flags: [layoutFlag],
  example: 'ccp pane -- vim',
  hasScreen: true,
  run: async ({ flags, rest }, context) => {
    const { pane } = await import('../pane.ts');
    return pane(flags.layout, rest, context);
  },
});
