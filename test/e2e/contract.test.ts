/** The stream contract, verified with the real Claude Code: every kind of agent work through the strict upstream. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agent, answersSince, stepEvents } from '../support/agent.ts';
import * as up from '../support/events.ts';
import { ccp, filesBelow, type Home, makeHome } from '../support/home.ts';
import { type Finished, runCcp } from '../support/run.ts';
import { type Script, type SeenRequest, StrictUpstream } from '../support/strict-upstream.ts';
import { Terminals } from '../support/terminal.ts';
import { until } from '../support/until.ts';

let home: Home;
let upstream: StrictUpstream;

beforeEach(async () => {
  home = makeHome();
  upstream = await StrictUpstream.start(() => up.saying('Hi.'));
});

afterEach(async () => {
  await upstream.stop();
  home.remove();
  expect(upstream.complaints).toEqual([]);
});

const allowed = [
  '--permission-mode',
  'acceptEdits',
  '--allowedTools',
  'Bash,Read,Edit,Write,WebSearch,Agent,ToolSearch',
];

const work = (prompt: string, more: string[] = allowed, env: Record<string, string> = {}): Promise<Finished> =>
  runCcp(home, ['launch', '--model', 'gpt-5.5', '--', '-p', prompt, ...more], {
    env: { CCP_CODEX_BASE_URL: upstream.url, ...env },
  });

const isMain = ({ body }: SeenRequest): boolean => (body.tools ?? []).length > 3;
const mains = (): SeenRequest[] => upstream.requests.filter(isMain);
const inProject = (name: string) => join(home.project, name);

/** Uses one script for the main conversation and another for all other requests. */
const splitScript =
  (main: Script, other: Script): Script =>
  (request, response, count) =>
    (isMain(request) ? main : other)(request, response, count);

describe('reading', () => {
  it('a long file arrives complete', async () => {
    const lines = Array.from({ length: 1_500 }, (_, line) => `${line}: the heron waits, 漢字 and "quotes"`);
    writeFileSync(inProject('long.txt'), lines.join('\n'));
    upstream.script = agent([
      { calls: [{ name: 'Read', args: { file_path: inProject('long.txt') } }] },
      { text: 'Read.' },
    ]);
    const { out } = await work('read it');
    expect(out).toContain('Read.');
    const output = String(answersSince(mains()[1]!)[0]?.output);
    for (const line of [lines[0], lines[700], lines[1_499]]) expect(output).toContain(line);
  });

  it('an image arrives as an image, a PDF as a file', async () => {
    writeFileSync(inProject('dot.png'), Buffer.from(pixel(), 'base64'));
    writeFileSync(inProject('page.pdf'), pdf());
    upstream.script = agent([
      { calls: [{ name: 'Read', args: { file_path: inProject('dot.png') } }] },
      { calls: [{ name: 'Read', args: { file_path: inProject('page.pdf') } }] },
      { text: 'Seen.' },
    ]);
    const { out } = await work('look at both');
    expect(out).toContain('Seen.');
    const { text } = mains().at(-1)!;
    expect(text).toContain('"type":"input_image","image_url":"data:image/png;base64,');
    expect(text).toMatch(/"type":"input_file","filename":"[^"]+","file_data":"data:application\/pdf;base64,JVBER/);
  });
});

describe('searching', () => {
  it('the web uses the upstream’s own search and returns its sources', async () => {
    const search: Script = (request) => {
      expect(request.body).toMatchObject({ tools: [{ type: 'web_search' }], tool_choice: 'required' });
      const action = { type: 'search', query: 'herons', sources: [{ type: 'url', url: 'https://example.org/herons' }] };
      const text = 'They fish at dawn.';
      const annotation = {
        type: 'url_citation',
        url: 'https://example.org/herons',
        title: 'All about herons',
        start_index: 0,
        end_index: 4,
      };
      const content = [{ type: 'output_text', text, annotations: [annotation] }];
      return [
        up.created(),
        {
          type: 'response.output_item.done',
          output_index: 0,
          item: { type: 'web_search_call', id: 'ws_1', status: 'completed', action },
        },
        {
          type: 'response.output_item.done',
          output_index: 1,
          item: { type: 'message', id: 'm', role: 'assistant', content },
        },
        up.completed(),
      ];
    };
    const main = agent([{ calls: [{ name: 'WebSearch', args: { query: 'herons at dawn' } }] }, { text: 'Found.' }]);
    upstream.script = splitScript(main, (request, response, count) =>
      request.body.tools?.[0]?.type === 'web_search' ? search(request, response, count) : up.saying('{"title":"x"}'),
    );
    const { out } = await work('search');
    expect(out).toContain('Found.');
    const output = String(answersSince(mains().at(-1)!)[0]?.output);
    expect(output).toContain('https://example.org/herons');
    expect(output).toContain('All about herons');
    expect(output).toContain('They fish at dawn.');
  });

  it('for tools makes the found tools callable', async () => {
    const named = ({ body }: SeenRequest): string[] => body.tools.map(({ name }: { name: string }) => name);
    upstream.script = agent([
      { calls: [{ name: 'ToolSearch', args: { query: 'select:TaskCreate,NotebookEdit', max_results: 5 } }] },
      { calls: [{ name: 'Bash', args: { command: 'echo after' } }] },
      { text: 'Loaded.' },
    ]);
    const { out } = await work('find tools', allowed, { ENABLE_TOOL_SEARCH: 'true' });
    expect(out).toContain('Loaded.');
    const [first, second, third] = mains();
    expect(named(first!)).not.toContain('NotebookEdit');
    expect(named(first!)).not.toContain('DeferredToolPlaceholder');
    expect(named(second!)).toContain('NotebookEdit');
    // Earlier tools keep their position and stay loaded.
    expect(named(second!).slice(0, named(first!).length)).toEqual(named(first!));
    expect(named(third!)).toEqual(named(second!));
    expect(second?.text).toContain('[tool loaded: NotebookEdit]');
  });
});

describe('delegating', () => {
  it('a subagent runs separately, and its result returns to the conversation', async () => {
    const prompt = 'Count the herons.';
    const isSub = ({ text }: SeenRequest) => text.includes(prompt) && !text.includes('delegate it');
    const call = { name: 'Agent', args: { description: 'count', prompt, subagent_type: 'general-purpose' } };
    // Newer clients run the agent in the background and add its result later.
    upstream.script = (request) => {
      if (!isMain(request)) return up.saying('{"title":"x"}');
      if (isSub(request)) return up.saying('There are 7 herons.');
      return stepEvents(request.text.includes('function_call_output') ? { text: 'Delegated.' } : { calls: [call] });
    };
    const { out, code } = await work('delegate it');
    expect([code, out.includes('Delegated.')]).toEqual([0, true]);
    expect(upstream.requests.some(isSub)).toBe(true);
    expect(mains().some((request) => !isSub(request) && request.text.includes('7 herons'))).toBe(true);
  });
});

describe('a conversation', () => {
  it('sends an append-only prompt prefix across thinking, tools and a resume', async () => {
    const steps = [
      {
        thinking: 'First.',
        text: 'Listing.',
        calls: [
          { name: 'Bash', args: { command: 'ls' } },
          { name: 'Bash', args: { command: 'pwd' } },
        ],
      },
      { thinking: 'Then.', calls: [{ name: 'Read', args: { file_path: inProject('notes.txt') } }] },
      { text: 'Done.' },
    ];
    upstream.script = agent(steps);
    await work('go');
    const before = mains().length;
    upstream.script = agent([{ calls: [{ name: 'Bash', args: { command: 'echo again' } }] }, { text: 'Again.' }]);
    await work('and again', ['-c', ...allowed]);
    const sent = mains();
    expect([before, sent.length]).toEqual([3, 5]);
    for (const [index, request] of sent.entries()) {
      const earlier = sent[index - 1];
      if (earlier === undefined) continue;
      const [earlierInput, currentInput] = [JSON.stringify(earlier.body.input), JSON.stringify(request.body.input)];
      // A resumed process sends the client's environment again. Within one process the prefix is identical.
      if (index !== before) expect(currentInput.startsWith(earlierInput.slice(0, -1))).toBe(true);
      for (const key of ['instructions', 'tools', 'prompt_cache_key', 'reasoning'])
        if (index !== before) expect(request.body[key]).toEqual(earlier.body[key]);
    }
    expect(sent[before]?.text).toContain('"encrypted_content":"opaque"');
  });

  it('with a rejected prompt fails once with the provider’s message', async () => {
    upstream.script = () => ({
      status: 400,
      body: '{"error":{"code":"cyber_policy","message":"This was flagged as cyber."}}',
    });
    const { out, code } = await work('x');
    expect(code).toBe(1);
    expect(out).toMatch(/flagged as cyber|Usage Policy/);
    expect(mains().length).toBeLessThanOrEqual(2);
  });
});

describe('on the screen', () => {
  it('/model sends a request upstream, /context counts tokens, and the session continues', async () => {
    const terminals = new Terminals();
    try {
      upstream.script = (request) =>
        isMain(request) ? stepEvents({ text: 'I am here.' }) : up.saying('{"title":"x"}');
      const terminal = terminals.open({
        argv: [process.execPath, ccp, 'launch', '--model', 'gpt-5.5'],
        env: { ...home.env, CCP_CODEX_BASE_URL: upstream.url },
        cwd: home.project,
        cols: 140,
        rows: 45,
      });
      await terminal.waitFor(/❯/);
      await terminal.type('/model gpt-6-sol');
      await terminal.waitFor(/Set model to/i);
      expect(upstream.requests.some(({ body }) => body.model === 'gpt-6-sol')).toBe(true);
      await terminal.type('/context');
      await terminal.waitFor(/Free space: /);
      await terminal.type('are you there?');
      await terminal.waitFor(/I am here\./);
      await terminal.type('/model no-such-model');
      await terminal.waitFor(/not a model ccp knows|not found|Unable to validate|API error/i);
    } finally {
      await terminals.closeAll();
    }
  });

  it('a session gets a title, also from a client that asks for none', async () => {
    const terminals = new Terminals();
    try {
      upstream.script = (request) =>
        isMain(request) ? stepEvents({ text: 'Counted.' }) : up.saying('{"title":"Counting the herons"}');
      const terminal = terminals.open({
        argv: [process.execPath, ccp, 'launch', '--model', 'gpt-5.5'],
        env: { ...home.env, CCP_CODEX_BASE_URL: upstream.url },
        cwd: home.project,
      });
      await terminal.waitFor(/❯/);
      await terminal.type('count the herons');
      await terminal.waitFor(/Counted\./);
      const titles = () =>
        upstream.requests.filter(({ text }) => text.includes('"json_schema"') && !text.includes('Bash'));
      await until(() => titles().length === 1);
      await terminal.waitFor(/✓ title/);
      await terminal.type('count again');
      const transcripts = () =>
        filesBelow(join(home.home, '.claude', 'projects')).map((path) => readFileSync(path, 'utf8'));
      await until(() => /"(?:custom|ai)Title":"Counting the herons"/.test(transcripts().join('')));
      expect(titles()).toHaveLength(1);
    } finally {
      await terminals.closeAll();
    }
  });
});

function pixel(): string {
  const crc = (data: Buffer): Buffer => {
    let value = ~0;
    for (const byte of data) {
      value ^= byte;
      for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    }
    const out = Buffer.alloc(4);
    out.writeUInt32BE(~value >>> 0);
    return out;
  };
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    return Buffer.concat([length, body, crc(body)]);
  };
  const header = Buffer.from([0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0, 0]);
  const rows = Buffer.concat(Array.from({ length: 4 }, () => Buffer.from([0, ...Array(12).fill(200)])));
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    magic,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]).toString('base64');
}

/** A PDF with one empty page and a valid cross-reference table. */
function pdf(): string {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>',
  ];
  let text = '%PDF-1.4\n';
  const places = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = text.length;
  const rows = places.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  return `${text}xref\n0 4\n0000000000 65535 f \n${rows}trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
}
