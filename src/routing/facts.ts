/** The input of a routing decision. */
import type { Target } from '../models/find.ts';
import type { Effort } from '../models/types.ts';
import type { RequestClass, RouteClass } from './classes.ts';
import type { Directory } from './directory.ts';
import type { HistoryState } from './history.ts';
import type { RouteTable } from './table.ts';

export interface DecisionFacts {
  readonly requestClass: RequestClass;
  /** The type of the agent that sent the request, such as `Explore`. */
  readonly agentType?: string | undefined;
  /** The requested model. */
  readonly model: string;
  /** `client`: Claude Code, whose slot and tier names are resolved. `user`: the name is taken literally. */
  readonly requestedBy: 'client' | 'user';
  /** The route that the user asks about; that of the request class, if omitted. */
  readonly routeClass?: RouteClass | undefined;
  /** The effort for a model that was requested by name. */
  readonly effort: Effort | undefined;
  readonly table: RouteTable;
  readonly directory: Directory;
  /** The request belongs to the main conversation. Each agent has its own history. */
  readonly isMainConversation: boolean;
  readonly history: HistoryState;
  /** Models that the user chose at a limit, by the `UPSTREAM/MODEL` whose requests they take until it is over. */
  readonly chosenSubstitutes?: ReadonlyMap<string, Target> | undefined;
  /** Upstreams that are used with Claude Code's own login, because ccp has no credential for them. */
  readonly clientLogins: ReadonlySet<string>;
  /** Returns the input tokens for a model's name; `undefined` when they were not counted. */
  readonly inputTokens: ((model: string) => number) | undefined;
}
