/** Runs the proxy as a child of the launcher. When the launcher dies, it ends Claude Code and restores the terminal. */
import { rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { type AppContext, type CliRuntime, loadContext } from '../app/context.ts';
import { assembleProxy } from '../app/proxy.ts';
import { systemErrorText } from '../errors/system-error.ts';
import type { ListeningSocket } from '../proxy/listening.ts';
import type { ProxyServer } from '../proxy/server.ts';
import { EventQueue } from '../session/coalesce.ts';
import type { FromProxy, ScreenAction, ToProxy } from '../session/ipc.ts';
import { removeRun, writeRun } from '../storage/run-files.ts';
import { restoreTerminal } from '../terminal/rescue.ts';
import { isObject } from '../wire/json.ts';

const eventIntervalMs = 40;
const killAfterMs = 1_500;

type Child = Extract<ToProxy, { type: 'child' }>;
type StartMessage = Extract<ToProxy, { type: 'start' }>;

const runtimeOf = ({ version, env, entry, self }: AppContext): CliRuntime => ({ version, env, entry, self });

/** Never resolves: the process exits on a stop message, on a signal, or when the launcher disconnects. */
export function serveSupervised(context: AppContext): Promise<never> {
  let proxy: ProxyServer | undefined;
  let session = '';
  let child: Child | undefined;
  let isEnding = false;
  let flushEvents = async (): Promise<void> => {};

  const end = async (orphaned: boolean) => {
    if (isEnding) return;
    isEnding = true;
    if (orphaned && child) await endChild(child);
    await proxy?.drain();
    await flushEvents();
    if (session !== '') removeRun(context.paths.runDir, session);
    process.exit(0);
  };

  const start = async (message: StartMessage, socket: ListeningSocket | undefined) => {
    try {
      // The keys are not in this process's environment.
      const full = await loadContext({ ...runtimeOf(context), env: { ...context.env, ...message.keys } });
      proxy = await assembleProxy(full, message);
      flushEvents = forwardEvents(proxy);
      await listen(proxy, message, full, socket);
    } catch (thrown) {
      failToStart(thrown);
    }
  };

  process.on('message', (message: unknown, socket: unknown) => {
    if (!isToProxy(message)) return;
    if (message.type === 'child') child = message;
    else if (message.type === 'stop') void end(false);
    else if (message.type === 'act')
      sendToLauncher({ type: 'acted', id: message.id, problem: act(proxy, message.action) });
    else {
      session = message.session;
      void start(message, isSocket(socket) ? socket : undefined);
    }
  });
  process.on('disconnect', () => void end(true));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(!process.connected));
  sendToLauncher({ type: 'ready' });
  return new Promise(() => {});
}

/** @returns the message of the error. */
function act(proxy: ProxyServer | undefined, action: ScreenAction): string | undefined {
  try {
    proxy?.act(action);
    return proxy ? undefined : 'The proxy is starting. Try again.';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

async function listen(
  proxy: ProxyServer,
  start: StartMessage,
  context: AppContext,
  socket: ListeningSocket | undefined,
): Promise<void> {
  try {
    const { url, port } = await proxy.listen(start.port, socket);
    writeRun(context.paths.runDir, start.session, {
      version: 1,
      pid: process.pid,
      url,
      launcherPid: process.ppid,
      kind: start.inBackground ? 'background' : 'launch',
      secret: start.secret,
      controlToken: start.controlToken,
      startedAt: new Date().toISOString(),
    });
    // The launcher holds the socket, so that no other program can listen on the port while a dead proxy is replaced.
    sendToLauncher({ type: 'listening', url, port }, undefined, socket ? undefined : proxy.socket);
  } catch (thrown) {
    failToStart(thrown);
  }
}

function failToStart(thrown: unknown): void {
  // An error of a folder may have the same code as one of the port.
  const isPort = thrown instanceof Error && 'syscall' in thrown && thrown.syscall === 'listen';
  const code = isPort && 'code' in thrown ? String(thrown.code) : '';
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const text = isPort ? message : (systemErrorText(thrown) ?? message);
  sendToLauncher({ type: 'listen_failed', code, message: text }, () => process.exit(1));
}

function sendToLauncher(message: FromProxy, onSent?: () => void, socket?: ListeningSocket): void {
  // Node's types do not know that a bare handle can be sent.
  if (process.connected) process.send?.(message, socket as Server | undefined, {}, () => onSent?.());
}

const isSocket = (value: unknown): value is ListeningSocket => typeof value === 'object' && value !== null;

/**
 * Sends events to the launcher in one batch at a time. When the launcher stalls, the queue coalesces events and this
 * process does not block.
 * @returns a function that sends the remaining events, for shutdown.
 */
function forwardEvents(proxy: ProxyServer): () => Promise<void> {
  const queue = new EventQueue();
  let sending: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const send = () => {
    timer = undefined;
    if (queue.size === 0 || !process.connected) return;
    sending = new Promise<void>((resolve) => sendToLauncher({ type: 'events', events: queue.takeAll() }, resolve)).then(
      () => {
        sending = undefined;
        arm();
      },
    );
  };
  const arm = () => {
    if (sending === undefined && timer === undefined && queue.size > 0) timer = setTimeout(send, eventIntervalMs);
  };
  proxy.subscribe((event) => {
    queue.push(event);
    arm();
  });
  return async () => {
    clearTimeout(timer);
    await sending;
    send();
    await sending;
  };
}

const isToProxy = (message: unknown): message is ToProxy => isObject(message) && typeof message.type === 'string';

async function endChild({ pid, group, terminal, settingsPath }: Child): Promise<void> {
  if (settingsPath !== undefined) rmSync(settingsPath, { force: true });
  const target = group ? -pid : pid;
  for (const signal of ['SIGHUP', 'SIGTERM'] as const) kill(target, signal);
  await new Promise((resolve) => setTimeout(resolve, killAfterMs));
  kill(target, 'SIGKILL');
  if (terminal) restoreTerminal(terminal);
}

function kill(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // The process has already exited.
  }
}
