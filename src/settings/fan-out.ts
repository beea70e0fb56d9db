/** The limits on requests at the same time, from the setting `fanOut`. */
import { asNumber, asObject } from '../wire/json.ts';

/** `ask`: held until the user decides, or until others have ended; `hold`: only the latter; `stop`: refused. */
export type FanOutAction = 'ask' | 'hold' | 'stop' | 'off';

export interface FanOutLimits {
  /** Requests that may run at the same time. */
  readonly parallel: number;
  /** Of these, requests with the same content. */
  readonly alike: number;
  /** Requests with the same new message that may start within a minute. */
  readonly alikePerMinute: number;
  readonly onLimit: FanOutAction;
}

/** Claude Code itself runs ten tools at a time, and so ten agents. */
const defaults = { parallel: 16, alike: 4, alikePerMinute: 20 };

/** @param setting already validated. @param hasScreen without one, there are no limits unless they are set. */
export function fanOutLimits(setting: unknown, hasScreen: boolean): FanOutLimits {
  const { parallel, alike, alikePerMinute, onLimit } = asObject(setting);
  const action = onLimit === 'hold' || onLimit === 'stop' || onLimit === 'off' ? onLimit : 'ask';
  const withoutScreen = setting === undefined ? 'off' : action === 'ask' ? 'hold' : action;
  return {
    parallel: asNumber(parallel) ?? defaults.parallel,
    alike: asNumber(alike) ?? defaults.alike,
    alikePerMinute: asNumber(alikePerMinute) ?? defaults.alikePerMinute,
    onLimit: hasScreen ? action : withoutScreen,
  };
}
