/** Models whose price is not known, where a policy lets the user decide about them. */
import { CcpError } from '../errors/ccp-error.ts';
import { fullName } from '../models/find.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { Confirmation } from './confirmation.ts';
import type { ProxyDeps } from './deps.ts';

export class UnknownPrices {
  readonly #money: Pick<ProxyDeps['money'], 'onUnknownPrice'>;
  readonly #confirmation: Confirmation;
  /** Models that the user allowed. */
  readonly #allowed = new Set<string>();

  constructor(money: Pick<ProxyDeps['money'], 'onUnknownPrice'>, confirmation: Confirmation) {
    this.#money = money;
    this.#confirmation = confirmation;
  }

  /** @throws CcpError `route_denied` when the user does not allow it, or cannot be asked. */
  async confirm({ target }: Candidate, signal: AbortSignal): Promise<void> {
    const rule = this.#money.onUnknownPrice();
    if (rule?.value !== 'ask') return;
    const name = fullName(target);
    if (this.#allowed.has(name)) return;
    const text = `Send requests to ${name}, whose price is not known`;
    const problem = await this.#confirmation.askAboutRequest(text, signal);
    if (this.#allowed.has(name)) return;
    if (problem !== undefined)
      throw new CcpError(
        'route_denied',
        `The price of ${name} is not known. It ${problem}. (rule: budgets.onUnknownPrice of ${rule.path})`,
      );
    this.#allowed.add(name);
  }
}
