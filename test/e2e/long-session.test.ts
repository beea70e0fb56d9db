/**
 * One long session of the real Claude Code in SDK mode: 72 rounds of tools, an MCP server, hooks, a subagent, faults of
 * the upstream, a compaction, a switch, plan mode. What the upstream saw is compared with what ran on the machine.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { frame } from '../support/events.ts';
import { filesBelow, type Home, makeHome } from '../support/home.ts';
import { writeMcpServer } from '../support/mcp-server.ts';
import { runCcp } from '../support/run.ts';
import { SdkSession } from '../support/sdk-session.ts';
import { openStream, type SeenRequest, StrictUpstream } from '../support/strict-upstream.ts';

const rounds = 72;
const subagentRound = 20;
const overflowRound = 45;
const switchRound = 55;
/** Faults of the upstream before a round is answered. */
const faults: Readonly<Record<number, '503' | '429' | 'cut' | 'cut call' | 'reset' | 'failed'>> = {
  7: '503',
  13: 'cut',
  25: 'reset',
  31: '429',
  37: 'cut call',
  60: 'failed',
};
const usage = { input_tokens: 40_000, output_tokens: 50 };

let home: Home;
let logs: string;
let codex: StrictUpstream;
let session: SdkSession | undefined;

beforeEach(() => {
  home = makeHome();
  logs = mkdtempSync(join(tmpdir(), 'ccp-long-'));
});

afterEach(async () => {
  session?.kill();
  session = undefined;
  await codex.stop();
  home.remove();
  rmSync(logs, { recursive: true, force: true });
});

const log = (name: string) => join(logs, name);
const linesOf = (name: string): string[] =>
  existsSync(log(name)) ? readFileSync(log(name), 'utf8').trim().split('\n') : [];
const file = (name: string) => join(home.project, name);

interface Call {
  readonly name: string;
  readonly args: Record<string, unknown>;
}

const madeText = (round: number) => `first\n${`number ${round} 漢字\n`.repeat(round * 20)}`;

function callsOf(round: number): Call[] {
  const echo = {
    name: 'Bash',
    args: { command: `echo round-${round} >> ${log('ran')}`, description: 'Notes the round' },
  };
  if (round === subagentRound)
    return [
      {
        name: 'Agent',
        args: { description: 'Count', prompt: 'SUBAGENT TASK: count.', subagent_type: 'general-purpose' },
      },
    ];
  if (faults[round] === 'cut call') return [echo];
  switch (round % 6) {
    case 1:
      return [{ name: 'mcp__birds__count', args: { day: round, note: '' } }];
    case 2:
      return [{ name: 'Read', args: { file_path: file('notes.txt') } }, echo];
    case 3:
      return [
        {
          name: 'Write',
          args: { file_path: file(`made-${round}.txt`), content: madeText(round) },
        },
      ];
    case 4:
      return [
        {
          name: 'Edit',
          args: { file_path: file(`made-${round - 1}.txt`), old_string: 'first', new_string: 'edited' },
        },
        echo,
        { name: 'mcp__birds__count', args: { day: round } },
      ];
    default:
      return [echo];
  }
}

it('runs every tool once, and its numbers agree with the upstream’s', { timeout: 240_000 }, async () => {
  writeFileSync(file('mcp.json'), '');
  const mcpConfig = writeMcpServer(logs, log('mcp'));
  mkdirSync(file('.claude'));
  const hook = { type: 'command', command: `echo hook >> ${log('hooks')}` };
  writeFileSync(
    file('.claude/settings.json'),
    JSON.stringify({ hooks: { PostToolUse: [{ matcher: '*', hooks: [hook] }] } }),
  );

  let next = 1;
  let planStep = 0;
  let subagentSteps = 0;
  let compactions = 0;
  let nextCallId = 0;
  let awaited: string[] = [];
  let isFreshHistory = true;
  let lastInput: unknown[] = [];
  let answered = 0;
  const played = new Set<number>();
  const problems: string[] = [];
  const models: string[] = [];

  const answer = (calls: readonly Call[], text?: string) => {
    answered += 1;
    awaited = calls.map(() => `call_long${nextCallId++}`);
    const items = calls.flatMap((call, at) => up.callItem(at + 1, { ...call, callId: awaited[at] ?? '' }, 300));
    return [up.created(), ...up.textItem(0, text ?? 'Working.'), ...items, up.completed(usage)];
  };

  /** The results of the last answer arrive once each, and nothing before them has changed. */
  function check({ body }: SeenRequest, round: number): void {
    const input: Record<string, any>[] = body.input;
    for (const id of awaited) {
      const results = input.filter((item) => item.type === 'function_call_output' && item.call_id === id).length;
      if (!isFreshHistory && results !== 1) problems.push(`round ${round}: ${results} results of ${id}`);
    }
    const before = JSON.stringify(lastInput).slice(0, -1);
    if (!isFreshHistory && !JSON.stringify(input).startsWith(before))
      problems.push(`round ${round}: the history changed`);
    isFreshHistory = false;
    lastInput = input;
  }

  function fault(kind: NonNullable<(typeof faults)[number]>, response: Parameters<typeof openStream>[0]) {
    if (kind === '503') return { status: 503, body: '{"error":{"message":"busy","code":"server_is_overloaded"}}' };
    if (kind === '429')
      return {
        status: 429,
        headers: { 'retry-after': '1' },
        body: '{"error":{"message":"slow down","code":"rate_limit_exceeded"}}',
      };
    if (kind === 'failed') return [up.created(), up.failed('server_error', 'broken by the script')];
    if (kind === 'reset') {
      response.destroy();
      return undefined;
    }
    openStream(response);
    response.write(frame(up.created()));
    if (kind === 'cut call')
      for (const event of up
        .callItem(0, { name: 'Bash', args: { command: `echo never >> ${log('ran')}` }, callId: 'call_cut' }, 8)
        .slice(0, 3))
        response.write(frame(event));
    response.end();
    return undefined;
  }

  codex = await StrictUpstream.start(async (request, response) => {
    const { body, text } = request;
    if (text.includes('TEXT ONLY')) {
      compactions += 1;
      isFreshHistory = true;
      return up.saying('<analysis>All.</analysis><summary>LONG WORK: go on with the next round.</summary>');
    }
    if ((body.tools ?? []).length <= 3) return up.saying('{"title":"A long session"}');
    const isSubagent = JSON.stringify(body.input.slice(0, 3)).includes('SUBAGENT TASK');
    if (isSubagent) {
      subagentSteps += 1;
      if (subagentSteps > 2) return up.saying('The subagent has counted.');
      const args = { command: `echo subagent-${subagentSteps} >> ${log('ran')}` };
      return [
        up.created(),
        ...up.callItem(0, { name: 'Bash', args, callId: `call_sub${subagentSteps}` }),
        up.completed(usage),
      ];
    }
    if (next > rounds) {
      check(request, next);
      planStep += 1;
      if (planStep === 1) return answer([], 'LONG WORK DONE.');
      if (planStep === 2) return answer([{ name: 'Bash', args: { command: `touch ${file('planned.txt')}` } }]);
      if (planStep === 3) return answer([{ name: 'ExitPlanMode', args: { plan: 'Make the file.' } }]);
      if (planStep === 4) return answer([{ name: 'Bash', args: { command: `touch ${file('after.txt')}` } }]);
      return answer([], 'PLAN DONE.');
    }
    const kind = faults[next];
    if (kind !== undefined && !played.has(next)) {
      played.add(next);
      return fault(kind, response);
    }
    if (next === overflowRound && compactions === 0)
      return {
        status: 400,
        body: '{"error":{"message":"Your input exceeds the context window of this model.","code":"context_length_exceeded"}}',
      };
    check(request, next);
    models.push(body.model);
    if (next === switchRound) {
      const { code, err } = await runCcp(home, ['switch', 'gpt-6-luna', '--yes']);
      if (code !== 0) problems.push(err);
      isFreshHistory = true;
    }
    return answer(callsOf(next++));
  });
  home.env.CCP_CODEX_BASE_URL = codex.url;
  const allowed = ['Read', 'Write', 'Edit', 'Bash(echo:*)', 'mcp__birds__count', 'Agent'].join(',');
  session = new SdkSession(
    home,
    [
      '--model',
      'gpt-5.5',
      '--receipt',
      log('receipt.json'),
      '--',
      '--allowedTools',
      allowed,
      '--mcp-config',
      mcpConfig,
    ],
    ({ tool, input }) => tool === 'ExitPlanMode' || /^echo |after\.txt/.test(String(input.command)),
  );

  const work = await session.ask('LONG WORK: do all rounds.');
  expect(`${work.subtype} ${work.result} ${session.stderr}`).toContain('success LONG WORK DONE.');
  session.setMode('plan');
  const plan = await session.ask('Plan the rest.');
  expect(`${plan.subtype} ${plan.result}`).toBe('success PLAN DONE.');
  expect(await session.end()).toBe(0);

  expect(problems).toEqual([]);
  expect(codex.complaints).toEqual([]);
  const all = Array.from({ length: rounds }, (_, at) => callsOf(at + 1)).flat();
  const echoed = all.flatMap(({ args }) => /echo (round-\d+)/.exec(String(args.command))?.[1] ?? []);
  expect(linesOf('ran').filter((line) => line.startsWith('round'))).toEqual(echoed);
  expect(linesOf('ran').filter((line) => line.startsWith('subagent'))).toEqual(['subagent-1', 'subagent-2']);
  expect(linesOf('ran')).not.toContain('never');
  const counted = all.filter(({ name }) => name.startsWith('mcp')).map(({ args }) => args);
  expect(linesOf('mcp').map((line) => JSON.parse(line))).toEqual(counted);
  for (const round of [3, 39, 69])
    expect(readFileSync(file(`made-${round}.txt`), 'utf8')).toBe(madeText(round).replace('first', 'edited'));
  expect(compactions).toBe(1);
  expect([...new Set(models)]).toEqual(['gpt-5.5', 'gpt-6-luna']);

  // In plan mode, and after it, a command is asked about.
  const asked = session.questions.map(({ tool, input }) => `${tool} ${input.command ?? ''}`.trim());
  expect(asked.filter((question) => !question.startsWith('Bash echo'))).toEqual([
    `Bash touch ${file('planned.txt')}`,
    'ExitPlanMode',
    `Bash touch ${file('after.txt')}`,
  ]);
  expect(existsSync(file('planned.txt'))).toBe(false);
  expect(existsSync(file('after.txt'))).toBe(true);
  // Each tool that ran has run its hook: two of the subagent, ExitPlanMode and the last command are not in `all`.
  expect(linesOf('hooks')).toHaveLength(all.length + 4);

  const [path = ''] = filesBelow(join(home.home, '.state', 'ccp', 'ledger'));
  const rows = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const turns = rows.filter(
    ({ requestClass, verdict, upstream }) => requestClass === 'turn' && verdict === 'complete' && upstream === 'codex',
  );
  expect(turns).toHaveLength(answered);
  for (const { inputTokens, cacheReadTokens, outputTokens } of turns)
    expect([inputTokens + cacheReadTokens, outputTokens]).toEqual([usage.input_tokens, usage.output_tokens]);
  const receipt = JSON.parse(readFileSync(log('receipt.json'), 'utf8'));
  const sum = (name: string) => rows.reduce((total, row) => total + row[name], 0);
  for (const name of ['inputTokens', 'cacheReadTokens', 'outputTokens'])
    expect(receipt.tokens[name], name).toBe(sum(name));
  expect(receipt.switches).toHaveLength(1);
});
