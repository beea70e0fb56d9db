/** Validates the body of `POST /v1/messages`. Errors contain the JSON path; unknown members are accepted. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { InboundMessage, MessagesRequest, Role } from '../../wire/anthropic.ts';
import { asArray, isObject, type JsonObject } from '../../wire/json.ts';

const invalidRequest = (path: string, problem: string): CcpError =>
  new CcpError('invalid_request', `${path}: ${problem}.`);

const isRole = (value: unknown): value is Role => value === 'user' || value === 'assistant' || value === 'system';

/** @throws CcpError `invalid_request` for a malformed body. */
export function validateRequest(body: unknown): MessagesRequest {
  if (!isObject(body)) throw invalidRequest('$', 'the body must be a JSON object');
  if (typeof body.model !== 'string' || body.model === '')
    throw invalidRequest('$.model', 'must be a non-empty string');
  if (body.max_tokens !== undefined && !(typeof body.max_tokens === 'number' && body.max_tokens >= 1))
    throw invalidRequest('$.max_tokens', 'must be a number of at least 1');
  if (body.stream !== undefined && body.stream !== null && typeof body.stream !== 'boolean')
    throw invalidRequest('$.stream', 'must be true or false');
  return {
    model: body.model,
    maxTokens: typeof body.max_tokens === 'number' ? body.max_tokens : undefined,
    stream: body.stream === true,
    system: readSystem(body.system),
    messages: readMessages(body.messages),
    tools: readTools(body.tools),
    raw: body,
  };
}

function readSystem(value: unknown): MessagesRequest['system'] {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  if (!Array.isArray(value)) throw invalidRequest('$.system', 'must be a string or an array of blocks');
  const blocks = readBlocks(value, '$.system');
  blocks.forEach((block, index) => {
    checkBlock(block, `$.system[${index}]`);
  });
  return blocks;
}

function readMessages(value: unknown): InboundMessage[] {
  if (!Array.isArray(value)) throw invalidRequest('$.messages', 'must be an array');
  if (value.length === 0) throw invalidRequest('$.messages', 'must not be empty');
  return value.map((message: unknown, index) => readMessage(message, `$.messages[${index}]`));
}

function readMessage(message: unknown, path: string): InboundMessage {
  if (!isObject(message)) throw invalidRequest(path, 'must be an object');
  if (!isRole(message.role)) throw invalidRequest(`${path}.role`, 'must be "user", "assistant" or "system"');
  if (typeof message.content === 'string') return { role: message.role, content: message.content };
  if (!Array.isArray(message.content))
    throw invalidRequest(`${path}.content`, 'must be a string or an array of blocks');
  const content = readBlocks(message.content, `${path}.content`);
  content.forEach((block, index) => {
    checkBlock(block, `${path}.content[${index}]`);
  });
  return { role: message.role, content };
}

function readBlocks(blocks: readonly unknown[], path: string): JsonObject[] {
  return blocks.map((block, index) => {
    if (!isObject(block)) throw invalidRequest(`${path}[${index}]`, 'must be an object');
    if (typeof block.type !== 'string') throw invalidRequest(`${path}[${index}].type`, 'must be a string');
    return block;
  });
}

function checkBlock(block: JsonObject, path: string): void {
  if (block.type === 'text' && typeof block.text !== 'string') throw invalidRequest(`${path}.text`, 'must be a string');
  if (block.type === 'tool_result' && typeof block.tool_use_id !== 'string')
    throw invalidRequest(`${path}.tool_use_id`, 'must be a string');
  if (block.type === 'tool_use') {
    if (typeof block.id !== 'string') throw invalidRequest(`${path}.id`, 'must be a string');
    if (typeof block.name !== 'string') throw invalidRequest(`${path}.name`, 'must be a string');
  }
  if (block.type === 'tool_result' && Array.isArray(block.content)) readBlocks(block.content, `${path}.content`);
}

function readTools(value: unknown): JsonObject[] {
  if (value !== undefined && value !== null && !Array.isArray(value))
    throw invalidRequest('$.tools', 'must be an array');
  return asArray(value).map((tool, index) => {
    if (!isObject(tool)) throw invalidRequest(`$.tools[${index}]`, 'must be an object');
    if (typeof tool.name !== 'string' || tool.name === '')
      throw invalidRequest(`$.tools[${index}].name`, 'must be a non-empty string');
    return tool;
  });
}
