/** Messages between the launcher and its proxy over Node IPC. Secrets are passed here and never in argv. */

import type { BudgetName } from '../ledger/budget.ts';
import type { RouteClass } from '../routing/classes.ts';
import type { RouteTable } from '../routing/table.ts';
import type { SessionEvent } from './events.ts';
import type { SessionState } from './state.ts';

/** What the proxy needs to restore a terminal after the launcher has died. */
export interface TerminalRescue {
  /** The device, such as `/dev/pts/3`. */
  readonly path: string;
  /** Output of `stty -g` before raw mode was set. */
  readonly modes: string;
  /** Escape sequence that resets the terminal's modes. */
  readonly reset: string;
}

/** Parameters of one session's proxy. */
export interface ProxyStart {
  readonly session: string;
  /** The session goes on after its command has ended. */
  readonly inBackground: boolean;
  /** Token that clients send with requests. */
  readonly secret: string;
  /** Token of the control endpoints. */
  readonly controlToken: string;
  readonly routes: RouteTable;
  /** The context windows that Claude Code was launched with, in tokens, by the model id (slot). */
  readonly clientWindows: Readonly<Record<string, number>>;
  /** `--budget`, in dollars. */
  readonly budgetUsd: number | undefined;
  /** Metered cost of the session before this proxy process, in micro-dollars. */
  readonly spentMicroUsd: number;
  /** What the user allowed beyond the budgets before this proxy process, in micro-dollars. */
  readonly allowances: Readonly<Partial<Record<BudgetName, number>>>;
  /** The session before this proxy process; `undefined` for the first one. */
  readonly state: SessionState | undefined;
  /** ccp names the session if Claude Code asks for no title. */
  readonly givesTitle: boolean;
  /** The launcher can show a question to a user who can answer it. */
  readonly asksUser: boolean;
  /** `--allow-metered`: requests that spend money need no confirmation. */
  readonly allowMetered: boolean;
  /** Credential variables of the launcher's environment, which are not in the environment of the proxy. */
  readonly keys: Readonly<Record<string, string>>;
}

/** What the user decided on the session's screen. */
export type ScreenAction =
  | { readonly do: 'switch'; readonly routeClass: RouteClass; readonly model: string }
  /** The answer to a budget's question: spend as much again, or stop new turns. */
  | { readonly do: 'answer budget'; readonly allow: boolean }
  /** The answer to `SessionState.confirmation` with this id. */
  | { readonly do: 'answer confirmation'; readonly id: string; readonly allow: boolean }
  /** The answer to `SessionState.wall` with this id: the model that takes its requests; `undefined`: they wait. */
  | { readonly do: 'answer wall'; readonly id: string; readonly model: string | undefined }
  /** The answer to `SessionState.fanOut` with this id: as many requests again, or the held ones are refused. */
  | { readonly do: 'answer fan-out'; readonly id: string; readonly allow: boolean };

export type ToProxy =
  | ({ readonly type: 'start'; readonly port: number } & ProxyStart)
  /** Claude Code's process, which the proxy ends if the launcher has exited. */
  | {
      readonly type: 'child';
      readonly pid: number;
      /** The process leads its own process group (it has a PTY). */
      readonly group: boolean;
      readonly terminal: TerminalRescue | undefined;
      /** Settings that a supervisor could start it with again, to be removed. */
      readonly settingsPath?: string | undefined;
    }
  /** `id` is repeated in the reply. */
  | { readonly type: 'act'; readonly id: number; readonly action: ScreenAction }
  | { readonly type: 'stop' };

export type FromProxy =
  | { readonly type: 'ready' }
  | { readonly type: 'listening'; readonly url: string; readonly port: number }
  | { readonly type: 'listen_failed'; readonly code: string; readonly message: string }
  /** `problem`: the message of the error, when the action failed. */
  | { readonly type: 'acted'; readonly id: number; readonly problem: string | undefined }
  | { readonly type: 'events'; readonly events: readonly SessionEvent[] };
