/** What each Responses upstream refuses. Written from the contracts alone: it shares no code with what it judges. */

export type ProfileName = 'codex' | 'chatgpt' | 'openai';

export interface Complaint {
  readonly param: string;
  readonly message: string;
}

const everywhere = [
  'max_tokens',
  'messages',
  'stop',
  'system',
  'stop_sequences',
  'previous_response_id',
  'conversation',
];
const plans = [
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
  codex: plans,
  chatgpt: [...plans, 'multi_agent', 'prompt_cache_options', 'prompt_cache_breakpoint'],
  openai: ['temperature', 'top_p', 'top_logprobs'],
};

type Body = Record<string, any>;

const no = (param: string, message: string): Complaint => ({ param, message });

/** The 400 the upstream would give, or `undefined`. */
export function complaint(body: Body, profile: ProfileName = 'codex'): Complaint | undefined {
  for (const field of [...everywhere, ...forbidden[profile]])
    if (field in body) return no(field, `Unsupported parameter: ${field}`);
  if (body.store !== false) return no('store', 'Store must be set to false');
  if (body.stream !== true) return no('stream', 'Stream must be set to true');
  if (typeof body.instructions !== 'string' || body.instructions === '')
    return no('instructions', 'Instructions are required');
  if (!Array.isArray(body.input)) return no('input', 'Input must be a list');
  if (body.prompt_cache_key !== undefined && body.prompt_cache_key.length > 64)
    return no('prompt_cache_key', 'string_above_max_length: prompt_cache_key');
  if (profile === 'openai' && body.max_output_tokens !== undefined && body.max_output_tokens < 16)
    return no('max_output_tokens', 'Expected a value >= 16');
  if (body.reasoning?.effort === 'minimal') return no('reasoning.effort', 'Unsupported value: minimal');
  return (
    tools(body, profile) ?? pairing(body.input) ?? namespaces(body.input, profile) ?? contents(body.input, profile)
  );
}

function tools(body: Body, profile: ProfileName): Complaint | undefined {
  for (const tool of body.tools ?? []) {
    if (tool.type === 'function') {
      if (profile === 'chatgpt') return no('tools', 'subscription_sharing_unsupported_capability: flat function');
      const wrong = functionTool(tool);
      if (wrong) return wrong;
    } else if (tool.type === 'namespace') {
      if (profile !== 'chatgpt') return no('tools', 'Unknown tool type namespace');
      for (const inner of tool.tools) {
        const wrong = functionTool(inner);
        if (wrong) return wrong;
      }
    } else if (tool.type === 'web_search') {
      const known = ['type', 'filters', 'user_location', ...(profile === 'codex' ? ['external_web_access'] : [])];
      const odd = [...Object.keys(tool), ...Object.keys(tool.filters ?? {}).map((key) => `filters.${key}`)].find(
        (key) => !known.includes(key) && key !== 'filters.allowed_domains',
      );
      if (odd) return no(`tools.${odd}`, `Unknown parameter: 'tools[0].${odd}'`);
    } else return no('tools', `Unknown tool type ${tool.type}`);
  }
  const choice = body.tool_choice;
  if (typeof choice === 'object' && choice.type !== 'function') return no('tool_choice', 'Invalid tool_choice');
  return undefined;
}

function functionTool(tool: Body): Complaint | undefined {
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(tool.name)) return no('tools', `Invalid tool name ${tool.name}`);
  const { parameters } = tool;
  if (parameters?.type !== 'object' || typeof parameters.properties !== 'object')
    return no('tools', `Invalid schema for ${tool.name}`);
  for (const key of ['$schema', 'anyOf', 'oneOf', 'allOf', 'enum', 'not'])
    if (key in parameters) return no('tools', `Invalid schema for ${tool.name}: ${key}`);
  if (JSON.stringify(parameters).includes('"$ref":"')) return no('tools', `Invalid schema for ${tool.name}: $ref`);
  return undefined;
}

function pairing(input: Body[]): Complaint | undefined {
  const calls = new Set<string>();
  const answered = new Set<string>();
  for (const item of input) {
    if (item.type === 'function_call') {
      if (!/^[a-zA-Z0-9_-]{1,64}$/.test(item.call_id)) return no('input', `Invalid call_id ${item.call_id}`);
      if (calls.has(item.call_id)) return no('input', `Duplicate call_id ${item.call_id}`);
      calls.add(item.call_id);
    }
    if (item.type === 'function_call_output') {
      if (!calls.has(item.call_id))
        return no('input', `No tool call found for function call output with call_id ${item.call_id}`);
      if (answered.has(item.call_id)) return no('input', `Two outputs for call_id ${item.call_id}`);
      answered.add(item.call_id);
    }
  }
  for (const id of calls) if (!answered.has(id)) return no('input', `No tool output found for function call ${id}`);
  return undefined;
}

/** Calls made inside a namespace must come back with it. */
function namespaces(input: Body[], profile: ProfileName): Complaint | undefined {
  const odd = input.find((item) => item.namespace !== undefined && profile !== 'chatgpt');
  return odd && no('input', 'Unknown parameter: namespace');
}

function contents(input: Body[], profile: ProfileName): Complaint | undefined {
  for (const item of input) {
    for (const part of [...(item.content ?? []), ...(Array.isArray(item.output) ? item.output : [])])
      if (profile === 'codex' && part.type === 'input_image' && !part.image_url.startsWith('data:'))
        return no('input', 'Remote images are not supported');
    if (item.type !== 'message') continue;
    if (!['user', 'assistant', 'developer'].includes(item.role)) return no('input', `Invalid role ${item.role}`);
    if (item.content.length === 0) return no('input', 'Empty content');
    for (const part of item.content) {
      const wanted = item.role === 'assistant' ? ['output_text'] : ['input_text', 'input_image', 'input_file'];
      if (!wanted.includes(part.type)) return no('input', `Invalid content ${part.type} for role ${item.role}`);
    }
  }
  return undefined;
}

/** The same refusal in the words of each upstream. */
export const refusalBody = (profile: ProfileName, { param, message }: Complaint): string =>
  profile === 'codex'
    ? JSON.stringify({ detail: message })
    : JSON.stringify({ error: { message, type: 'invalid_request_error', param, code: null } });

/** Headers that only one of them may get. */
export function headerComplaint(headers: Record<string, unknown>, profile: ProfileName): string | undefined {
  if (profile === 'codex')
    return typeof headers.originator === 'string' && typeof headers['chatgpt-account-id'] === 'string'
      ? undefined
      : 'Codex headers are missing';
  const odd = ['originator', 'chatgpt-account-id', 'session-id', 'openai-beta'].find((name) => name in headers);
  return odd && `unexpected header ${odd}`;
}
