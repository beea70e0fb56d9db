/** Signs in with a code that is entered on any device: shows the code, then polls until it has been used. */
import { UserError } from '../errors/user-error.ts';
import { isLoopback } from '../platform/no-proxy.ts';
import { sleep } from '../ports/clock.ts';
import { cleanText } from '../wire/clean-text.ts';
import type { AuthContext, LoginIo } from './logins/profile.ts';

export interface DeviceCode {
  readonly userCode: string;
  readonly page: string;
  /** Page address that already contains the code, if the server has one. */
  readonly readyPage: string | undefined;
  readonly intervalSec: number;
  readonly expiresInSec: number;
}

export type Polled<T> =
  | { readonly state: 'granted'; readonly value: T }
  | { readonly state: 'pending' }
  | { readonly state: 'slower' }
  | { readonly state: 'refused'; readonly message: string };

/** RFC 8628, 3.5. */
const slowerBySec = 5;
const minIntervalSec = 1;
const maxIntervalSec = 60;
const maxFailures = 5;
/** The page is shown in full: it is not an error text, in which a long word could be a token. */
const maxPageLength = 2_000;

/** Whether an address may be opened in a browser. */
const isPage = (url: string): boolean =>
  URL.canParse(url) && (url.startsWith('https://') || (url.startsWith('http://') && isLoopback(url)));

/** @throws UserError if the sign-in was denied, expired or cancelled. */
export async function deviceLogin<T>(
  code: DeviceCode,
  { clock }: AuthContext,
  io: LoginIo,
  poll: () => Promise<Polled<T>>,
): Promise<T> {
  io.say(
    `Open ${cleanText(code.page, maxPageLength)} on any device and enter this code:\n\n    ${cleanText(code.userCode)}\n`,
  );
  if (code.readyPage !== undefined && isPage(code.readyPage)) await io.open(code.readyPage);
  const endsAt = clock.now() + code.expiresInSec * 1000;
  const stop = io.wait('Waiting for the code to be entered', endsAt);
  let intervalSec = Math.min(maxIntervalSec, Math.max(minIntervalSec, code.intervalSec));
  let failures = 0;
  try {
    for (;;) {
      await sleep(clock, intervalSec * 1000, io.signal);
      io.signal.throwIfAborted();
      if (clock.now() >= endsAt)
        throw new UserError('The code expired before it was used. Run `ccp auth login` again.');
      let polled: Polled<T>;
      try {
        polled = await poll();
        failures = 0;
      } catch (thrown) {
        // Short network failures are tolerated while the user enters the code.
        if (io.signal.aborted || ++failures >= maxFailures) throw thrown;
        continue;
      }
      if (polled.state === 'granted') return polled.value;
      if (polled.state === 'refused') throw new UserError(polled.message);
      if (polled.state === 'slower') intervalSec += slowerBySec;
    }
  } finally {
    stop();
  }
}
