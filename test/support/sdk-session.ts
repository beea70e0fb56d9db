/** A session of the real Claude Code in SDK mode (JSON lines on stdin and stdout), started by ccp. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ccp, type Home } from './home.ts';

type Message = Record<string, any>;

/** What Claude Code asks before it runs a tool that needs permission. */
export interface ToolQuestion {
  readonly tool: string;
  readonly input: Record<string, any>;
}

export class SdkSession {
  readonly messages: Message[] = [];
  readonly questions: ToolQuestion[] = [];
  readonly #child: ChildProcess;
  readonly #waiting: ((result: Message) => void)[] = [];
  #nextId = 1;
  stderr = '';

  /** @param answer whether a tool that needs permission may run. */
  constructor(home: Home, args: readonly string[], answer: (question: ToolQuestion) => boolean) {
    const [flags, own] = [args.slice(0, args.indexOf('--')), args.slice(args.indexOf('--') + 1)];
    const sdk = ['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'];
    this.#child = spawn(
      process.execPath,
      [ccp, 'launch', ...flags, '--', ...sdk, '--permission-prompt-tool', 'stdio', ...own],
      { cwd: home.project, env: home.env, stdio: ['pipe', 'pipe', 'pipe'] },
    );
    this.#child.stderr?.on('data', (data) => {
      this.stderr += data;
    });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const message: Message = JSON.parse(line);
      this.messages.push(message);
      if (message.type === 'result') this.#waiting.shift()?.(message);
      if (message.type !== 'control_request' || message.request.subtype !== 'can_use_tool') return;
      const question = { tool: message.request.tool_name, input: message.request.input };
      this.questions.push(question);
      const response = answer(question)
        ? { behavior: 'allow', updatedInput: question.input }
        : { behavior: 'deny', message: 'Not now.' };
      this.#send({
        type: 'control_response',
        response: { subtype: 'success', request_id: message.request_id, response },
      });
    });
    this.#child.once('close', (code) => {
      for (const resolve of this.#waiting.splice(0)) resolve({ type: 'closed', code, stderr: this.stderr });
    });
  }

  /** Sends a prompt. @returns the result of its turn. */
  ask(text: string): Promise<Message> {
    const result = new Promise<Message>((resolve) => this.#waiting.push(resolve));
    this.#send({ type: 'user', message: { role: 'user', content: [{ type: 'text', text }] } });
    return result;
  }

  setMode(mode: string): void {
    this.#control({ subtype: 'set_permission_mode', mode });
  }

  /** Ends the session. @returns the exit code. */
  async end(): Promise<number | null> {
    const closed = new Promise<number | null>((resolve) => this.#child.once('close', resolve));
    this.#child.stdin?.end();
    return this.#child.exitCode ?? closed;
  }

  kill(): void {
    this.#child.kill('SIGTERM');
  }

  #control(request: Message): void {
    this.#send({ type: 'control_request', request_id: `test-${this.#nextId++}`, request });
  }

  #send(message: Message): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}
