/** A small MCP server over stdio with one tool, as a program for Node. It appends a line to its log for each call. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the program and its configuration. @returns the path of the configuration, for `--mcp-config`. */
export function writeMcpServer(folder: string, log: string): string {
  const program = join(folder, 'birds.mjs');
  writeFileSync(
    program,
    `import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const tool = { name: 'count', description: 'Counts the birds of a day.', inputSchema: { type: 'object', properties: { day: { type: 'number' }, note: { type: 'string' } }, required: ['day'] } };
const results = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'birds', version: '1' } }),
  'tools/list': () => ({ tools: [tool] }),
  'tools/call': ({ arguments: args }) => {
    appendFileSync(${JSON.stringify(log)}, JSON.stringify(args) + '\\n');
    return { content: [{ type: 'text', text: args.day + ' birds' }] };
  },
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const result = results[method]?.(params ?? {});
  const answer = result ? { result } : { error: { code: -32601, message: 'no such method' } };
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...answer }) + '\\n');
});
`,
  );
  const config = join(folder, 'mcp.json');
  writeFileSync(
    config,
    JSON.stringify({ mcpServers: { birds: { type: 'stdio', command: process.execPath, args: [program] } } }),
  );
  return config;
}
