/** Requests that hosts of each dialect reject. Written from the API contracts; shares no code with ccp. */

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

/** @returns the 400 message of a chat host, or `undefined` for a valid request. */
export function chatComplaint(body: Body, kimi: boolean): string | undefined {
  const unknownField = Object.keys(body).find((field) => !chatFields.includes(field));
  if (unknownField) return `Unknown parameter: ${unknownField}`;
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

const geminiFields = ['contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig'];
const geminiConfigFields = [
  'maxOutputTokens',
  'temperature',
  'topP',
  'responseMimeType',
  'responseJsonSchema',
  'thinkingConfig',
];
const partFields = ['text', 'inlineData', 'functionCall', 'functionResponse', 'thoughtSignature'];

/** @returns the 400 message of Gemini for one of its newer models, or `undefined` for a valid request. */
export function geminiComplaint(body: Body): string | undefined {
  const unknownField = Object.keys(body).find((field) => !geminiFields.includes(field));
  if (unknownField) return `Invalid JSON payload received. Unknown name "${unknownField}": Cannot find field.`;
  const config = Object.keys(body.generationConfig ?? {}).find((field) => !geminiConfigFields.includes(field));
  if (config)
    return `Invalid JSON payload received. Unknown name "${config}" at 'generation_config': Cannot find field.`;
  const { thinkingLevel, thinkingBudget } = body.generationConfig?.thinkingConfig ?? {};
  if (thinkingLevel !== undefined && thinkingBudget !== undefined) return 'only one of level and budget may be set';
  const text = JSON.stringify(body.systemInstruction ?? '');
  if (text.includes('x-anthropic-billing-header')) return 'attribution in system';
  return geminiToolComplaint(body) ?? geminiContentComplaint(body);
}

function geminiToolComplaint(body: Body): string | undefined {
  if (body.tools === undefined) return undefined;
  const functions = body.tools.flatMap((tool: Body) => tool.functionDeclarations ?? []);
  if (functions.length === 0) return 'tools must not be empty';
  for (const { name, parametersJsonSchema } of functions) {
    if (!/^[a-zA-Z_][\w.:-]{0,63}$/.test(name)) return `[FIELD_INVALID] Invalid function name ${name}`;
    if (parametersJsonSchema !== undefined && parametersJsonSchema.type !== 'object')
      return `Invalid schema of ${name}`;
  }
  const { mode, allowedFunctionNames = [] } = body.toolConfig?.functionCallingConfig ?? { mode: 'AUTO' };
  if (allowedFunctionNames.length > 0 && mode !== 'ANY') return 'allowed_function_names needs mode ANY';
  return undefined;
}

function geminiContentComplaint({ contents }: Body): string | undefined {
  if (!Array.isArray(contents) || contents.length === 0)
    return '* GenerateContentRequest.contents: contents is not specified';
  if (contents[0].role !== 'user') return 'Please ensure that the first content is of the user.';
  if (contents.at(-1).role !== 'user') return 'a prefilled model turn is not supported';
  let open: Body[] = [];
  let previousRole = '';
  for (const { role, parts } of contents) {
    if (!['user', 'model'].includes(role)) return `Please use a valid role: user, model. Got ${role}`;
    if (role === previousRole) return 'roles must alternate';
    previousRole = role;
    if (!Array.isArray(parts) || parts.length === 0) return 'contents.parts must not be empty.';
    const unknownField = parts
      .flatMap((part: Body) => Object.keys(part))
      .find((key: string) => !partFields.includes(key));
    if (unknownField) return `Unknown name "${unknownField}" at 'contents.parts': Cannot find field.`;
    if (parts.some((part: Body) => part.text === '' && part.thoughtSignature === undefined))
      return 'an empty text part';
    const responses = parts.flatMap((part: Body) => part.functionResponse ?? []);
    if (responses.length !== open.length)
      return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
    for (const [index, response] of responses.entries()) {
      const call = open[index];
      if (response.name !== call?.name || response.id !== call?.id) return `function_response ${index} answers no call`;
      if (typeof response.response !== 'object' || Array.isArray(response.response))
        return 'response must be an object';
    }
    open = parts.flatMap((part: Body) => part.functionCall ?? []);
    const first = parts.find((part: Body) => part.functionCall);
    if (first && !first.thoughtSignature) return 'Function call is missing a thought_signature in functionCall parts.';
    if (open.some(({ args }) => typeof args !== 'object' || Array.isArray(args))) return 'args must be an object';
  }
  return undefined;
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

/** @returns the 400 message of a Messages host, or `undefined` for a valid request. `native` is Anthropic itself. */
export function messagesComplaint(body: Body, native = false): string | undefined {
  return (native ? undefined : ownComplaint(body)) ?? pairingComplaint(body, native);
}

function ownComplaint(body: Body): string | undefined {
  const unknownField = Object.keys(body).find((field) => !messagesFields.includes(field));
  if (unknownField) return `${unknownField}: Extra inputs are not permitted`;
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
  let previousRole = '';
  for (const message of body.messages) {
    const blocks: Body[] =
      typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
    if (native && message.role === 'system') continue;
    if (!['user', 'assistant'].includes(message.role)) return `Invalid role ${message.role}`;
    if (message.role === previousRole) return 'roles must alternate';
    if (blocks.length === 0) return 'content is empty';
    previousRole = message.role;
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
