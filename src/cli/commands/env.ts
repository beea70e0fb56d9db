import { defineCommand } from '../command.ts';

export const envCommand = defineCommand<{ readonly shell?: string }>({
  name: 'env',
  summary: 'the exports that launch would set, for use with ccp serve',
  flags: [{ flags: '--shell <shell>', description: 'syntax', choices: ['bash', 'zsh', 'fish', 'powershell'] }],
  example: 'eval "$(ccp env)"',
  run: async ({ flags }, context) => {
    const { printEnvironment } = await import('../env.ts');
    return printEnvironment(flags.shell, context);
  },
});
