/** The fallback lists of the settings, as targets. */
import { CcpError } from '../errors/ccp-error.ts';
import { UserError } from '../errors/user-error.ts';
import { isRouteClass, type RouteClass } from '../routing/classes.ts';
import { targetNamed } from '../routing/directory.ts';
import type { FallbackLists } from '../routing/fallback.ts';
import { asArray, asString } from '../wire/json.ts';
import type { AppContext } from './context.ts';

/** @throws UserError for a model that cannot be routed. */
export function fallbackLists({ settings, directory }: AppContext): FallbackLists {
  const entries = Object.entries(settings.object('fallback') ?? {}).flatMap(([name, list]) => {
    if (name !== 'default' && !isRouteClass(name)) return [];
    const targets = asArray(list).map((entry, index) => {
      try {
        return targetNamed(asString(entry) ?? '', directory);
      } catch (thrown) {
        if (!(thrown instanceof CcpError)) throw thrown;
        throw new UserError(`The setting fallback.${name}[${index}]: ${thrown.message.replace(/^\$\.model: /, '')}`);
      }
    });
    return [[name, targets] as const];
  });
  return Object.fromEntries<FallbackLists[RouteClass]>(entries);
}
