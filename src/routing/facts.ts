/** What a decision is made from. */
import type { Effort } from '../models/types.ts';
import type { RequestClass } from './classes.ts';
import type { Directory } from './directory.ts';
import type { HistoryState } from './history.ts';
import type { RouteTable } from './table.ts';

export interface DecisionFacts {
  readonly requestClass: RequestClass;
  /** The model asked for. */
  readonly model: string;
  /** `client`: by Claude Code, whose slots and tiers have a meaning. `user`: a name that means itself. */
  readonly requestedBy: 'client' | 'user';
  /** Effort of a model that was requested by name. */
  readonly effort: Effort | undefined;
  readonly table: RouteTable;
  readonly directory: Directory;
  /** The request belongs to the main conversation; agents have histories of their own. */
  readonly isMainConversation: boolean;
  readonly history: HistoryState;
  /** Upstreams that are asked with Claude Code's own login, since ccp has no credential for them. */
  readonly clientLogins: ReadonlySet<string>;
  /** Input tokens by the name of a model; `undefined` where they were not counted. */
  readonly inputTokens: ((model: string) => number) | undefined;
}
