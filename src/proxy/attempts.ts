/**
 * Attempts at one upstream until one ends well, while nothing of an answer has been forwarded. What an upstream refuses
 * for a reason that can be removed (an optional field, replayed reasoning, a stale token) is removed once each.
 */
import { CcpError, overflowError, toCcpError } from '../errors/ccp-error.ts';
import { nameOf } from '../models/find.ts';
import { sleep } from '../ports/clock.ts';
import type { Credential } from '../ports/credential.ts';
import type { RouteChoice } from '../routing/table.ts';
import type { Ending, Prepared } from '../translate/dialect.ts';
import type { MessageWriter } from '../translate/messages/writer.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { Answer } from './answer.ts';
import { Attempt } from './attempt.ts';
import type { ProxyDeps, ReachableUpstream } from './deps.ts';
import type { SessionHub } from './hub.ts';
import { prepareFor, sentModel } from './prepare.ts';
import { retryWait } from './retry.ts';
import type { StreamMeter } from './stream-meter.ts';

/** Optional fields one request may lose. */
const mostLeftOut = 3;

export interface AttemptsOptions {
  readonly request: MessagesRequest;
  readonly route: RouteChoice;
  readonly reachable: ReachableUpstream;
  readonly sessionId: string | undefined;
  readonly client: Readonly<Record<string, string>>;
  /** Claude Code's own `Authorization`, when it is a login of its own and not the session's secret. */
  readonly ownLogin: string | undefined;
  readonly answer: Answer;
  readonly writer: MessageWriter;
  readonly meter: StreamMeter;
  readonly signal: AbortSignal;
  /** Of the upstream's answer, for Claude Code. */
  readonly onHeaders: (headers: Readonly<Record<string, string>>) => void;
  /** The answer is paid by the client's own plan. */
  readonly onClientLogin: () => void;
  readonly hub: SessionHub;
  readonly deps: ProxyDeps;
}

export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #credential: { now: Credential; renewed: boolean };
  readonly #leftOut = new Set<string>();
  #reasoningLeftOut = false;

  private constructor(options: AttemptsOptions, credential: Credential) {
    this.#options = options;
    this.#credential = { now: credential, renewed: false };
  }

  static async run(options: AttemptsOptions): Promise<Ending> {
    const { reachable, deps, hub } = options;
    const name = nameOf(options.route.target);
    const known = hub.refusals.of(name, options.request);
    if (known) throw known;
    const credential = await credentialFor(reachable, deps, options.ownLogin);
    if (credential.kind === 'client') options.onClientLogin();
    const attempts = new Attempts(options, credential);
    try {
      return await attempts.#run();
    } catch (thrown) {
      if (thrown instanceof CcpError && !options.writer.hasContent)
        hub.refusals.remember(name, options.request, thrown);
      throw thrown;
    } finally {
      void hub.quotaPoll.ask(reachable, attempts.#credential.now, options.client['user-agent']);
    }
  }

  async #run(): Promise<Ending> {
    const { writer, signal } = this.#options;
    for (;;) {
      const prepared = this.#prepare();
      if (prepared.searchless && prepared.withoutSearch) return prepared.withoutSearch(writer);
      try {
        return await this.#attempt(prepared);
      } catch (thrown) {
        const error = toCcpError(thrown);
        if (writer.hasContent || signal.aborted) throw error;
        if (error.code === 'context_overflow') throw await this.#counted(error);
        if (error.code === 'search_refused' && prepared.withoutSearch) return prepared.withoutSearch(writer);
        if (!(await this.#mend(error, prepared))) await this.#waitToRetry(error);
      }
    }
  }

  #prepare(): Prepared {
    const { meter, hub, deps } = this.#options;
    const warn = (message: string) => hub.warnings.isNew(message) && meter.warning(message);
    return prepareFor({ ...this.#options, credential: this.#credential.now, warn }, deps, hub);
  }

  #attempt(prepared: Prepared): Promise<Ending> {
    const { reachable, sessionId, answer, writer, meter, signal, hub, deps } = this.#options;
    return new Attempt({
      prepared,
      reachable,
      credential: this.#credential.now,
      sessionId,
      writer,
      meter,
      signal,
      flush: () => answer.flush(),
      onHeaders: this.#options.onHeaders,
      onQuota: (quota) => {
        hub.quotaPoll.told(reachable.upstream.name);
        meter.quota(reachable.upstream.name, quota);
      },
      deps,
    }).run();
  }

  /** Removes the reason of a refusal, each kind once; true when it is worth asking again. */
  async #mend(error: CcpError, prepared: Prepared): Promise<boolean> {
    const { route, reachable, meter, hub, deps } = this.#options;
    const { upstream } = route.target;
    if (error.code === 'reasoning_rejected' && prepared.replayed.length > 0 && !this.#reasoningLeftOut) {
      this.#reasoningLeftOut = true;
      hub.lessons.refuseReasoning(prepared.replayed);
      meter.retry('the upstream refused replayed reasoning; sent without it', 0);
      return true;
    }
    const { field } = error;
    if (
      error.code === 'field_refused' &&
      field !== undefined &&
      this.#leftOut.size < mostLeftOut &&
      !this.#leftOut.has(field)
    ) {
      this.#leftOut.add(field);
      hub.lessons.learn(upstream, sentModel(route), field);
      meter.retry(`${upstream} takes no ${field}; sent without it, now and from now on`, 0);
      return true;
    }
    if (error.code === 'credential_rejected' && !this.#credential.renewed) {
      this.#credential.renewed = true;
      const other = await deps.credentials.renew(reachable.upstream.name, this.#credential.now);
      if (other === undefined) return false;
      this.#credential.now = other;
      meter.retry('the token was refused; sent with a new one', 0);
      return true;
    }
    return false;
  }

  /** Overflow is told with numbers; where the upstream gave none, ours. */
  async #counted(error: CcpError): Promise<CcpError> {
    const { request, route, hub } = this.#options;
    const { overflow } = error;
    if (overflow === undefined || overflow.used !== undefined) return error;
    const counted = await hub.tokenCounts.local(nameOf(route.target), request);
    return overflowError({ used: Math.max(counted, overflow.maximum + 1), maximum: overflow.maximum });
  }

  async #waitToRetry(error: CcpError): Promise<void> {
    const { answer, writer, meter, signal, deps } = this.#options;
    const waitMs = retryWait(error, {
      retries: meter.retries,
      elapsedMs: meter.elapsedMs,
      committed: answer.committed,
      pingIntervalMs: deps.timeouts.pingIntervalMs,
      fraction: deps.randomness.fraction(),
    });
    if (waitMs === undefined) throw error;
    meter.retry(error.message, Math.round(waitMs));
    await sleep(deps.clock, waitMs, signal);
    // A keepalive block may have been opened meanwhile; it counts as content.
    if (writer.hasContent) throw error;
    signal.throwIfAborted();
  }
}

const none: Credential = { kind: 'none', token: '', accountId: undefined, origin: 'none' };

/** @throws CcpError where the upstream needs a credential and there is none. */
export async function credentialFor(
  { upstream }: ReachableUpstream,
  deps: ProxyDeps,
  ownLogin?: string,
): Promise<Credential> {
  if (upstream.anonymous === 'always') return none;
  try {
    return await deps.credentials.get(upstream.name);
  } catch (thrown) {
    if (!(thrown instanceof CcpError) || thrown.code !== 'no_credential') throw thrown;
    if (upstream.anonymous === 'allowed') return none;
    if (upstream.clientLogin && ownLogin !== undefined)
      return { kind: 'client', token: ownLogin, accountId: undefined, origin: 'client' };
    throw thrown;
  }
}
