import { type AnyCommand, type CommandArgument, defineCommand } from '../command.ts';

const configCommand = (
  name: 'get' | 'set' | 'unset' | 'list' | 'path',
  summary: string,
  example: string,
  args: readonly CommandArgument[] = [],
): AnyCommand =>
  defineCommand({
    name: `config ${name}`,
    summary,
    arguments: args,
    example,
    run: async ({ args: [key = '', value = ''] }, context) => {
      const { configure } = await import('../config.ts');
      return configure(name, key, value, context);
    },
  });

const key: CommandArgument = { name: '<key>' };

export const configCommands: readonly AnyCommand[] = [
  configCommand('get', 'the value in force', 'ccp config get model', [key]),
  configCommand('set', 'change the settings file', 'ccp config set model kimi-for-coding', [key, { name: '<value>' }]),
  configCommand('unset', 'remove a setting from the file', 'ccp config unset model', [key]),
  configCommand('list', 'every setting, its value and where that comes from', 'ccp config list'),
  configCommand('path', 'where the settings file is', 'ccp config path'),
];
