/** Flags shared by several commands, and parsers of flag values. */
import { InvalidArgumentError } from 'commander';
import type { CommandFlag } from './command.ts';

export const port = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('It must be a port from 0 to 65535.');
  return Number(text);
};

export const dollars = (text: string): number => {
  if (!/^\$?\d{1,7}(\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError('It must be dollars, such as 5 or 0.50.');
  return Number(text.replace('$', ''));
};

export const minutes = (text: string): number => {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It must be a number of minutes, such as 30.');
  return Number(text);
};

export const layoutFlag: CommandFlag = {
  flags: '--layout <layout>',
  description: 'position of the meter; off is one row',
  choices: ['auto', 'side', 'bottom', 'off'],
};

export const allowMeteredFlag: CommandFlag = {
  flags: '--allow-metered',
  description: 'other programs may switch to a metered model or raise the budget without confirmation',
  default: false,
};

export const jsonFlag: CommandFlag = { flags: '--json', description: 'as JSON', default: false };
