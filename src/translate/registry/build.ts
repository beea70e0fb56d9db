/** An entry as an upstream the proxy can ask. */
import { chatUpstream } from '../chat/dialect.ts';
import type { Upstream } from '../dialect.ts';
import { passthroughUpstream } from '../passthrough/dialect.ts';
import { forwardedHeaders } from '../passthrough/headers.ts';
import { responsesUpstream } from '../responses/dialect.ts';
import { openaiProfile } from '../responses/profile.ts';
import type { UpstreamEntry } from './entry.ts';
import { kimiQuota } from './kimi-quota.ts';

export function buildUpstream(entry: UpstreamEntry): Upstream {
  const { name, baseUrl, costKind, auth, startHint, modelHint } = entry;
  const common = {
    upstream: name,
    baseUrl,
    costKind,
    auth: auth.type,
    credentialOptional: auth.optional,
    failures: {},
    credentialHint: credentialHint(entry),
    startHint,
    modelHint,
  };
  const quotaEndpoint = name === 'kimi' ? kimiQuota(baseUrl) : undefined;
  if (entry.dialect === 'messages')
    return passthroughUpstream({ ...common, clientLogin: entry.clientLogin, quirks: entry.messages }, quotaEndpoint);
  if (entry.dialect === 'responses') return customResponses(entry);
  // What the host's own gate looks at.
  const gate = entry.messages.clientHeaders === 'user-agent';
  const headers = gate
    ? { headers: ({ client }: { client: Readonly<Record<string, string>> }) => agentOf(client) }
    : {};
  return chatUpstream({ ...common, quirks: entry.chat }, { ...headers, quotaEndpoint });
}

const agentOf = (client: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const { 'user-agent': agent } = forwardedHeaders(client, agentOnly);
  return agent === undefined ? {} : { 'user-agent': agent };
};

const agentOnly = {
  native: false,
  clientHeaders: 'user-agent',
  efforts: 'as-asked',
  images: true,
  files: false,
  counts: false,
} as const;

/** A Responses host of the user's own: what the API takes by key, without what is OpenAI's alone. */
function customResponses(entry: UpstreamEntry): Upstream {
  const { name, baseUrl, costKind, auth, startHint } = entry;
  const profile = openaiProfile(baseUrl);
  const upstream = responsesUpstream({
    ...profile,
    upstream: name,
    costKind,
    anonymous: auth.type === 'none',
    fields: { ...profile.fields, serviceTier: false, maxToolCalls: false },
    capabilities: { imageUrls: false, files: true, fileUrls: false, webSearch: 'none' },
    quota: 'none',
    countPath: undefined,
    credentialHint: credentialHint(entry),
  });
  const anonymous = auth.type === 'none' ? 'always' : auth.optional ? 'allowed' : 'never';
  return { ...upstream, anonymous, auth: auth.type === 'x-api-key' ? 'x-api-key' : 'bearer', startHint };
}

function credentialHint({ name, auth }: UpstreamEntry): string {
  const [variable] = auth.env;
  if (name === 'anthropic')
    return 'Set ANTHROPIC_API_KEY, or log Claude Code in (`claude /login`) and launch on this model.';
  const stored = `store a key for ${name} (\`ccp config path\` shows the folder)`;
  if (auth.type === 'none') return '';
  return variable === undefined
    ? `Name its variable in upstreams.${name}.auth.env, or ${stored}.`
    : `Set ${variable}, or ${stored}.`;
}
