/** Messages between the launcher and its proxy over Node IPC. Secrets travel here, never by argv. */
import type { RouteTable } from '../routing/table.ts';
import type { SessionEvent } from './events.ts';

/** How to give a terminal back when nobody else is left to do it. */
export interface TerminalRescue {
  /** The device, such as `/dev/pts/3`. */
  readonly path: string;
  /** What `stty -g` printed before raw mode. */
  readonly modes: string;
  /** The sequence that undoes what was asked of the terminal. */
  readonly reset: string;
}

export type ToProxy =
  | {
      readonly type: 'start';
      readonly port: number;
      readonly session: string;
      readonly secret: string;
      readonly controlToken: string;
      readonly routes: RouteTable;
      /** `--budget`, in dollars. */
      readonly budgetUsd: number | undefined;
      /** Metered cost of the session before this process. */
      readonly spentMicroUsd: number;
      /** The launcher shows questions to somebody who can answer them. */
      readonly asksUser: boolean;
    }
  /** Claude Code's process, to be ended when the launcher is gone. */
  | {
      readonly type: 'child';
      readonly pid: number;
      /** It leads a process group of its own (it has a PTY). */
      readonly group: boolean;
      readonly terminal: TerminalRescue | undefined;
    }
  | { readonly type: 'stop' };

export type FromProxy =
  | { readonly type: 'ready' }
  | { readonly type: 'listening'; readonly url: string; readonly port: number }
  | { readonly type: 'listen_failed'; readonly code: string; readonly message: string }
  | { readonly type: 'events'; readonly events: readonly SessionEvent[] };
