/** Requests that each Responses upstream rejects. Written from the API contracts; shares no code with ccp. */

export type ProfileName = 'codex' | 'chatgpt' | 'openai';

export interface Complaint {
  readonly param: string;
  readonly message: string;
}

const forbiddenOnAll = [
  'max_tokens',
  'messages',
  'stop',
  'system',
  'stop_sequences',
  'previous_response_id',
  'conversation',
];
const forbiddenOnPlans = [
  'background',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'moderation',
  'prompt',
  'prompt_cache_retention',
  'safety_identifier',
  'temperature',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
];
const forbidden: Record<ProfileName, readonly string[]> = {
  codex: forbiddenOnPlans,
  chatgpt: [...forbiddenOnPlans, 'multi_agent', 'prompt_cache_options', 'prompt_cache_breakpoint'],
  openai: ['temperature', 'top_p', 'top_logprobs'],
};

type Body = Record<string, any>;

const rejection = (param: string, message: string): Complaint => ({ param, message });

/** @returns the 400 error of the upstream, or `undefined` for a valid request. */
export function complaint(body: Body, profile: ProfileName = 'codex'): Complaint | undefined {
  for (const field of [...forbiddenOnAll, ...forbidden[profile]])
    if (field in body) return rejection(field, `Unsupported parameter: ${field}`);
  if (body.store !== false) return rejection('store', 'Store must be set to false');
  if (body.stream !== true) return rejection('stream', 'Stream must be set to true');
  if (typeof body.instructions !== 'string' || body.instructions === '')
    return rejection('instructions', 'Instructions are required');
  if (!Array.isArray(body.input)) return rejection('input', 'Input must be a list');
  if (body.prompt_cache_key !== undefined && body.prompt_cache_key.length > 64)
    return rejection('prompt_cache_key', 'string_above_max_length: prompt_cache_key');
  if (profile === 'openai' && body.max_output_tokens !== undefined && body.max_output_tokens < 16)
    return rejection('max_output_tokens', 'Expected a value >= 16');
  if (body.reasoning?.effort === 'minimal') return rejection('reasoning.effort', 'Unsupported value: minimal');
  return (
    tools(body, profile) ?? pairing(body.input) ?? namespaces(body.input, profile) ?? contents(body.input, profile)
  );
}

function tools(body: Body, profile: ProfileName): Complaint | undefined {
  for (const tool of body.tools ?? []) {
    if (tool.type === 'function') {
      if (profile === 'chatgpt')
        return rejection('tools', 'subscription_sharing_unsupported_capability: flat function');
      const wrong = functionTool(tool);
      if (wrong) return wrong;
    } else if (tool.type === 'namespace') {
      if (profile !== 'chatgpt') return rejection('tools', 'Unknown tool type namespace');
      for (const inner of tool.tools) {
        const wrong = functionTool(inner);
        if (wrong) return wrong;
      }
    } else if (tool.type === 'web_search') {
      const known = ['type', 'filters', 'user_location', ...(profile === 'codex' ? ['external_web_access'] : [])];
      const unexpected = [...Object.keys(tool), ...Object.keys(tool.filters ?? {}).map((key) => `filters.${key}`)].find(
        (key) => !known.includes(key) && key !== 'filters.allowed_domains',
      );
      if (unexpected) return rejection(`tools.${unexpected}`, `Unknown parameter: 'tools[0].${unexpected}'`);
    } else return rejection('tools', `Unknown tool type ${tool.type}`);
  }
  const choice = body.tool_choice;
  if (typeof choice === 'object' && choice.type !== 'function') return rejection('tool_choice', 'Invalid tool_choice');
  return undefined;
}

function functionTool(tool: Body): Complaint | undefined {
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(tool.name)) return rejection('tools', `Invalid tool name ${tool.name}`);
  const { parameters } = tool;
  if (parameters?.type !== 'object' || typeof parameters.properties !== 'object')
    return rejection('tools', `Invalid schema for ${tool.name}`);
  for (const key of ['$schema', 'anyOf', 'oneOf', 'allOf', 'enum', 'not'])
    if (key in parameters) return rejection('tools', `Invalid schema for ${tool.name}: ${key}`);
  if (JSON.stringify(parameters).includes('"$ref":"'))
    return rejection('tools', `Invalid schema for ${tool.name}: $ref`);
  return undefined;
}

function pairing(input: Body[]): Complaint | undefined {
  const calls = new Set<string>();
  const answered = new Set<string>();
  for (const item of input) {
    if (item.type === 'function_call') {
      if (!/^[a-zA-Z0-9_-]{1,64}$/.test(item.call_id)) return rejection('input', `Invalid call_id ${item.call_id}`);
      if (calls.has(item.call_id)) return rejection('input', `Duplicate call_id ${item.call_id}`);
      calls.add(item.call_id);
    }
    if (item.type === 'function_call_output') {
      if (!calls.has(item.call_id))
        return rejection('input', `No tool call found for function call output with call_id ${item.call_id}`);
      if (answered.has(item.call_id)) return rejection('input', `Two outputs for call_id ${item.call_id}`);
      answered.add(item.call_id);
    }
  }
  for (const id of calls)
    if (!answered.has(id)) return rejection('input', `No tool output found for function call ${id}`);
  return undefined;
}

/** Only ChatGPT accepts a call with a namespace. */
function namespaces(input: Body[], profile: ProfileName): Complaint | undefined {
  const unexpected = input.find((item) => item.namespace !== undefined && profile !== 'chatgpt');
  return unexpected && rejection('input', 'Unknown parameter: namespace');
}

function contents(input: Body[], profile: ProfileName): Complaint | undefined {
  for (const item of input) {
    for (const part of [...(item.content ?? []), ...(Array.isArray(item.output) ? item.output : [])])
      if (profile === 'codex' && part.type === 'input_image' && !part.image_url.startsWith('data:'))
        return rejection('input', 'Remote images are not supported');
    if (item.type !== 'message') continue;
    if (!['user', 'assistant', 'developer'].includes(item.role)) return rejection('input', `Invalid role ${item.role}`);
    if (item.content.length === 0) return rejection('input', 'Empty content');
    for (const part of item.content) {
      const wanted = item.role === 'assistant' ? ['output_text'] : ['input_text', 'input_image', 'input_file'];
      if (!wanted.includes(part.type)) return rejection('input', `Invalid content ${part.type} for role ${item.role}`);
    }
  }
  return undefined;
}

/** The error body in the format of each upstream. */
export const refusalBody = (profile: ProfileName, { param, message }: Complaint): string =>
  profile === 'codex'
    ? JSON.stringify({ detail: message })
    : JSON.stringify({ error: { message, type: 'invalid_request_error', param, code: null } });

/** @returns the fault of headers that only one upstream may receive. */
export function headerComplaint(headers: Record<string, unknown>, profile: ProfileName): string | undefined {
  if (profile === 'codex')
    return typeof headers.originator === 'string' && typeof headers['chatgpt-account-id'] === 'string'
      ? undefined
      : 'Codex headers are missing';
  const unexpected = ['originator', 'chatgpt-account-id', 'session-id', 'openai-beta'].find((name) => name in headers);
  return unexpected && `unexpected header ${unexpected}`;
}
