/** What the user decides by the keys after the prefix: answers to the questions in the meter, and switches. */
import type { RouteClass } from '../routing/classes.ts';
import type { ScreenAction } from '../session/ipc.ts';
import { QuestionGuard } from '../session/question-guard.ts';
import { hasKeyQuestion, type SessionState } from '../session/state.ts';
import type { ModelChoice } from '../session/ui.ts';
import { wallOffers } from '../session/wall-offer.ts';

export interface DecisionContext {
  readonly state: SessionState;
  readonly choices: readonly ModelChoice[];
  readonly prefixLabel: string;
  /** The meter has room for what a model at a limit costs. */
  readonly showsOffers: boolean;
  notice(text: string): void;
  /** Does in the proxy what was decided. @throws UserError with the reason why it cannot be done. */
  act(action: ScreenAction): Promise<void>;
}

const unreadQuestion = 'A question has just appeared in the meter. Read it, then press the key again.';

/** Bound to keys after the prefix only: text typed to Claude Code must never answer a question. */
export class Decisions {
  readonly #context: DecisionContext;
  readonly #guard = new QuestionGuard();
  /** The model of the last key at a limit, whose cost a notice has shown. */
  #announcedOffer: string | undefined;

  constructor(context: DecisionContext) {
    this.#context = context;
  }

  /** Called after each change of the state. */
  update(): void {
    this.#guard.update(this.#questionText, Date.now());
  }

  /** What the user reads: other words under the same id are another question. */
  get #questionText(): string | undefined {
    const { state, choices } = this.#context;
    const { confirmation, fanOut, wall } = state;
    if (confirmation) return confirmation.id;
    if (fanOut) return fanOut.id;
    return wall && [wall.id, ...wallOffers(wall, choices).map(({ model }) => model)].join(' ');
  }

  /** Switches the main route back to the model before the last switch. */
  switchBack(): void {
    const { switches, substitutes, routes } = this.#context.state;
    const main = routes.find(({ routeClass }) => routeClass === 'main');
    const mainName = main && `${main.upstream}/${main.model}`;
    // What was chosen at a limit is taken back first.
    if (mainName !== undefined && mainName in substitutes) return this.switchTo('main', mainName);
    const last = switches.findLast(({ routeClass }) => routeClass === 'main');
    if (last === undefined) return this.#context.notice('Nothing was switched yet.');
    this.switchTo('main', last.from);
  }

  switchTo(routeClass: RouteClass, model: string): void {
    this.#act(
      { do: 'switch', routeClass, model },
      `Switched ${routeClass}: new requests go to ${model}.`,
      'Not switched: ',
    );
  }

  answer(allow: boolean): void {
    const { state, prefixLabel } = this.#context;
    const { confirmation, fanOut, spending, wall } = state;
    const notice = (text: string) => this.#context.notice(text);
    if (wall !== undefined && !hasKeyQuestion(state))
      return notice(`At the limit: ${prefixLabel} w waits, 1–3 or s choose another model.`);
    if (confirmation !== undefined) return this.#answerConfirmation(confirmation.id, allow);
    if (fanOut !== undefined && !this.#isReadable) return notice(unreadQuestion);
    if (fanOut !== undefined)
      return this.#act(
        { do: 'answer fan-out', id: fanOut.id, allow },
        allow ? 'Twice as many are allowed in this session.' : 'The held requests were refused.',
      );
    if ((spending?.budgets ?? []).length === 0) return notice('There is no question, and this session has no budget.');
    this.#act(
      { do: 'answer budget', allow },
      allow ? 'The budget was raised by the same amount.' : 'New turns are stopped until you allow more.',
    );
  }

  #answerConfirmation(id: string, allow: boolean): void {
    if (allow && !this.#isReadable) return this.#context.notice(unreadQuestion);
    this.#act({ do: 'answer confirmation', id, allow }, allow ? 'Allowed.' : 'Denied.');
  }

  /** @param offer index of the model that takes the requests waiting at a limit; `undefined`: they wait. */
  answerWall(offer: number | undefined): void {
    const { state, choices, prefixLabel, showsOffers } = this.#context;
    const notice = (text: string) => this.#context.notice(text);
    const { wall } = state;
    if (wall === undefined) return notice('No request waits at a limit.');
    if (hasKeyQuestion(state)) return notice('Answer the question in the meter first, with y or n.');
    if (!this.#isReadable) return notice(unreadQuestion);
    if (offer === undefined)
      return this.#act({ do: 'answer wall', id: wall.id, model: undefined }, 'It waits. The choice stays open.');
    const chosen = wallOffers(wall, choices)[offer];
    if (chosen === undefined) return notice(`There is no model ${offer + 1} to choose.`);
    const { model, cost, facts } = chosen;
    // Where the meter has no room for the offers, the key says what it chooses, and a second one chooses it.
    if (!showsOffers && this.#announcedOffer !== model) {
      this.#announcedOffer = model;
      return notice(`${model}: ${[cost, ...facts].join(', ')}. ${prefixLabel} ${offer + 1} again chooses it.`);
    }
    this.#announcedOffer = undefined;
    this.#act({ do: 'answer wall', id: wall.id, model }, `Until the limit is over, requests go to ${model}.`);
  }

  get #isReadable(): boolean {
    return this.#guard.isReadable(Date.now());
  }

  #act(action: ScreenAction, done: string, failed = ''): void {
    this.#context.act(action).then(
      () => this.#context.notice(done),
      (thrown: unknown) => this.#context.notice(failed + (thrown instanceof Error ? thrown.message : String(thrown))),
    );
  }
}
