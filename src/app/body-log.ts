/** The log of request and response bodies: off, unless the user turned it on and no policy forbids it. */
import { fileLog } from '../platform/log.ts';
import type { BodyLog } from '../proxy/deps.ts';
import type { AppContext } from './context.ts';

/** Longer bodies are cut: a log is no recorder. */
const maxChars = 256 * 1024;

export interface BodyLogging {
  readonly log: BodyLog | undefined;
  /** What the screen and stderr say about it; `undefined` when the user did not turn it on. */
  readonly notice: string | undefined;
}

export function bodyLogging({
  settings,
  paths,
  policy,
}: Pick<AppContext, 'settings' | 'paths' | 'policy'>): BodyLogging {
  if (settings.number('logBodies') !== 1) return { log: undefined, notice: undefined };
  const { bodyLogging: rule } = policy.effective;
  if (rule?.value === 'forbidden')
    return { log: undefined, notice: `CCP_LOG_BODIES is ignored: the policy ${rule.path} forbids to log bodies.` };
  const log = fileLog(paths.bodiesLog, 'info');
  return {
    log: (id, what, body) => log.info({ id, what, chars: body.length, body: body.slice(0, maxChars) }, 'body'),
    notice: `Requests and responses are written to ${paths.bodiesLog}, with what you and the model say. Turn it off with CCP_LOG_BODIES=0.`,
  };
}
