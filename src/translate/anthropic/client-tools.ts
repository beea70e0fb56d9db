/**
 * Tools that the client runs and that Anthropic's models know by type alone, as plain functions. Their schema is the
 * one that Anthropic's models know from training. Source: public tool reference, 2026-11.
 */
import { asString, type JsonObject } from '../../wire/json.ts';

const text = { type: 'string' };

interface ClientTool {
  readonly description: string;
  readonly properties: JsonObject;
  readonly required: readonly string[];
}

const rows: readonly (readonly [prefix: string, tool: ClientTool])[] = [
  [
    'bash_',
    {
      description: 'Runs a command in a shell that keeps its state from call to call.',
      properties: { command: text, restart: { type: 'boolean' } },
      required: [],
    },
  ],
  [
    'text_editor_',
    {
      description: 'Views, creates and edits text files.',
      properties: {
        command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert', 'undo_edit'] },
        path: text,
        file_text: text,
        old_str: text,
        new_str: text,
        insert_line: { type: 'integer' },
        insert_text: text,
        view_range: { type: 'array', items: { type: 'integer' } },
      },
      required: ['command', 'path'],
    },
  ],
  [
    'memory_',
    {
      description: 'Keeps notes in files under /memories.',
      properties: {
        command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert', 'delete', 'rename'] },
        path: text,
        file_text: text,
        old_str: text,
        new_str: text,
        insert_line: { type: 'integer' },
        insert_text: text,
        old_path: text,
        new_path: text,
        view_range: { type: 'array', items: { type: 'integer' } },
      },
      required: ['command'],
    },
  ],
];

/** Converts a tool that the client runs into a plain function. Any other tool is returned unchanged. */
export function asClientTool(tool: JsonObject): JsonObject {
  const type = asString(tool.type) ?? '';
  const clientTool = rows.find(([prefix]) => type.startsWith(prefix))?.[1];
  if (clientTool === undefined) return tool;
  const { description, properties, required } = clientTool;
  return { name: tool.name, description, input_schema: { type: 'object', properties, required } };
}
