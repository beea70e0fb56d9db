/** The fallback lists of the settings, and the model for a used-up budget, as targets. */
import { CcpError } from '../errors/ccp-error.ts';
import { UserError } from '../errors/user-error.ts';
import type { Target } from '../models/find.ts';
import { isRouteClass, type RouteClass } from '../routing/classes.ts';
import { targetNamed, upstreamNamed } from '../routing/directory.ts';
import type { FallbackLists } from '../routing/fallback.ts';
import { unencryptedText } from '../upstreams/upstream.ts';
import { asArray, asObject, asString } from '../wire/json.ts';
import type { AppContext } from './context.ts';

/** @throws UserError for a model that cannot be routed. */
export function fallbackLists({ settings, directory }: AppContext): FallbackLists {
  const entries = Object.entries(settings.object('fallback') ?? {}).flatMap(([name, list]) => {
    if (name !== 'default' && !isRouteClass(name)) return [];
    const targets = asArray(list).map((entry, index) =>
      Array.isArray(entry)
        ? entry.map((one, at) => targetOf(one, `fallback.${name}[${index}][${at}]`, directory))
        : targetOf(entry, `fallback.${name}[${index}]`, directory),
    );
    return [[name, targets] as const];
  });
  return Object.fromEntries<FallbackLists[RouteClass]>(entries);
}

/**
 * The model that takes the requests when a budget is used up; `undefined` unless the settings say `onLimit: switch`.
 * @throws UserError when no model is named, or it cannot be routed.
 */
export function budgetSwitch({ settings, directory }: AppContext): Target | undefined {
  const { onLimit, switchTo } = asObject(settings.budgets);
  if (onLimit !== 'switch') return undefined;
  if (switchTo === undefined)
    throw new UserError(
      'The setting budgets.onLimit is switch, and budgets.switchTo names no model: add a plan or local model, for example `"switchTo": "codex/gpt-5.5"`, or set onLimit to ask or stop.',
    );
  return targetOf(switchTo, 'budgets.switchTo', directory);
}

/** @param setting the setting's name, for the error. @throws UserError for a model that cannot be routed. */
function targetOf(entry: unknown, setting: string, directory: AppContext['directory']): Target {
  try {
    const target = targetNamed(asString(entry) ?? '', directory);
    const upstream = upstreamNamed(target.upstream, directory);
    if (upstream.isUnencrypted) throw new UserError(`The setting ${setting}: ${unencryptedText(upstream)}`);
    return target;
  } catch (thrown) {
    if (!(thrown instanceof CcpError)) throw thrown;
    throw new UserError(`The setting ${setting}: ${thrown.message.replace(/^\$\.model: /, '')}`);
  }
}
