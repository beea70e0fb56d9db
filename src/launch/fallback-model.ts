/** Claude Code's own `--fallback-model`: the models it moves to by itself when the main model fails. */
import type { SessionEvent } from '../session/events.ts';
import { cleanText } from '../wire/clean-text.ts';
import { optionsOf } from './claude-args.ts';

const flag = '--fallback-model';
const maxNameLength = 100;

/** The names that the flag lists, separated by commas. */
export function fallbackModels(args: readonly string[]): string[] {
  const options = optionsOf(args);
  const at = options.indexOf(flag);
  const value = at >= 0 ? options[at + 1] : options.find((arg) => arg.startsWith(`${flag}=`))?.slice(flag.length + 1);
  return (value ?? '')
    .split(',')
    .map((name) => baseName(name.trim()))
    .filter((name) => name !== '');
}

/** Claude Code appends the size of the window to the name. */
const baseName = (model: string): string => model.replace(/\[\w{1,10}\]$/, '');

/**
 * @returns the notice for a turn that asks for one of the models after a turn that asked for another one. ccp's own
 * routes do not change then, so nothing else would say why another model answers.
 */
export function fallbackNotice(models: readonly string[]): (event: SessionEvent) => string | undefined {
  let hasActed = false;
  return (event) => {
    if (event.type !== 'request_started' || event.requestClass !== 'turn') return undefined;
    const model = baseName(event.requestedModel);
    const acts = models.includes(model);
    const isNew = acts && !hasActed;
    hasActed = acts;
    return isNew
      ? `Claude Code’s ${flag} acts: it asks for ${cleanText(model, maxNameLength)}, because the main model failed.`
      : undefined;
  };
}
