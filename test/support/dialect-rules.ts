/** What hosts of each dialect refuse. Written from the contracts alone: it shares no code with what it judges. */

type Body = Record<string, any>;

const legalName = /^[a-zA-Z0-9_-]{1,64}$/;

const chatFields = [
  'model',
  'messages',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'response_format',
  'stream',
  'stream_options',
  'reasoning_effort',
  'prompt_cache_key',
  'thinking',
  'stop',
];

/** The 400 a chat host would give, or `undefined`. */
export function chatComplaint(body: Body, kimi: boolean): string | undefined {
  const odd = Object.keys(body).find((field) => !chatFields.includes(field));
  if (odd) return `Unknown parameter: ${odd}`;
  if (kimi && (body.temperature !== undefined || body.max_tokens !== undefined))
    return 'invalid temperature or max_tokens';
  if (body.stream !== true || body.stream_options?.include_usage !== true) return 'not a stream with usage';
  if (!Array.isArray(body.messages) || body.messages.length === 0) return 'messages are required';
  if (body.tools !== undefined && body.tools.length === 0) return 'tools must not be empty';
  for (const tool of body.tools ?? []) {
    if (tool.type !== 'function' || !legalName.test(tool.function?.name)) return `Invalid tool ${JSON.stringify(tool)}`;
    if (tool.function.parameters?.type !== 'object') return `Invalid parameters of ${tool.function.name}`;
    if (JSON.stringify(tool.function.parameters).includes('"$ref":"')) return `$ref in ${tool.function.name}`;
  }
  return chatPairing(body, kimi);
}

export function chatPairing(body: Body, kimi: boolean): string | undefined {
  let open: string[] = [];
  for (const [index, message] of body.messages.entries()) {
    if (message.role === 'system' && index > 0) return 'a system message must be the first';
    if (message.role === 'tool') {
      if (!open.includes(message.tool_call_id)) return `orphan tool message ${message.tool_call_id}`;
      open = open.filter((id) => id !== message.tool_call_id);
      if (Array.isArray(message.content) && !kimi) return 'tool content must be a string';
      continue;
    }
    if (open.length > 0) return `tool calls without results: ${open.join(', ')}`;
    if (message.content === '' || (Array.isArray(message.content) && message.content.length === 0))
      return 'text content is empty';
    if (message.role === 'assistant') {
      open = (message.tool_calls ?? []).map((call: Body) => call.id);
      if (open.some((id) => !legalName.test(id))) return `Invalid id of a call: ${open}`;
      if (new Set(open).size !== open.length) return 'Duplicate ids';
      if (message.content === undefined && open.length === 0) return 'an empty assistant message';
      if (kimi && body.thinking?.type === 'enabled' && open.length > 0 && typeof message.reasoning_content !== 'string')
        return 'reasoning_content is missing beside tool_calls';
    } else if (message.role !== 'user' && message.role !== 'system') return `Invalid role ${message.role}`;
  }
  return open.length > 0 ? `tool calls without results: ${open.join(', ')}` : undefined;
}

const messagesFields = [
  'model',
  'max_tokens',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'stream',
  'thinking',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'metadata',
  'output_config',
];

/** The 400 a host that speaks Messages would give, or `undefined`. */
export function messagesComplaint(body: Body, native = false): string | undefined {
  const odd = native ? undefined : ownComplaint(body);
  return odd ?? pairingComplaint(body, native);
}

function ownComplaint(body: Body): string | undefined {
  const odd = Object.keys(body).find((field) => !messagesFields.includes(field));
  if (odd) return `${odd}: Extra inputs are not permitted`;
  if (typeof body.max_tokens !== 'number') return 'max_tokens: Field required';
  if (body.stream !== true) return 'stream must be true';
  for (const tool of body.tools ?? []) {
    const extra = Object.keys(tool).find(
      (key) => !['name', 'description', 'input_schema', 'cache_control'].includes(key),
    );
    if (extra) return `tools.0.${extra}: Extra inputs are not permitted`;
    if (!legalName.test(tool.name)) return `Invalid tool name ${tool.name}`;
  }
  const system = Array.isArray(body.system) ? body.system : [];
  if (system.some((block: Body) => block.text.startsWith('x-anthropic-billing-header'))) return 'attribution in system';
  return undefined;
}

function pairingComplaint(body: Body, native: boolean): string | undefined {
  let open: string[] = [];
  let before = '';
  for (const message of body.messages) {
    const blocks: Body[] =
      typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
    if (native && message.role === 'system') continue;
    if (!['user', 'assistant'].includes(message.role)) return `Invalid role ${message.role}`;
    if (message.role === before) return 'roles must alternate';
    if (blocks.length === 0) return 'content is empty';
    before = message.role;
    const results = blocks.filter(({ type }) => type === 'tool_result').map((block) => block.tool_use_id);
    if (results.some((id) => !open.includes(id))) return `unexpected tool_use_id ${results}`;
    if (open.some((id) => !results.includes(id))) return `tool_use ids without tool_result: ${open}`;
    open = blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => id);
    if (open.some((id) => !/^[a-zA-Z0-9_-]+$/.test(id))) return `Invalid id of a call: ${open}`;
    const foreign = blocks.find(({ type, signature }) => type === 'thinking' && /^ccp1\./.test(signature ?? ''));
    if (foreign) return 'Invalid `signature` in `thinking` block';
    const unsigned = blocks.find(({ type, signature }) => native && type === 'thinking' && !signature);
    if (unsigned) return 'Invalid `signature` in `thinking` block';
    for (const { type } of native ? [] : blocks)
      if (!['text', 'image', 'thinking', 'tool_use', 'tool_result'].includes(type)) return `Invalid block ${type}`;
  }
  return open.length > 0 ? `tool_use ids without tool_result: ${open}` : undefined;
}
