/** OpenAI's three APIs: the Codex back end of a ChatGPT plan, the published token sharing, and the API with a key. */
import type { ResponsesProfile } from '../../translate/dialects/responses/profile.ts';
import type { FailureRow } from '../../translate/failures/errors.ts';
import { apiKey, type HeaderFacts, loginToken, type UpstreamDefinition } from '../definition.ts';
import { codexList, plainList } from '../model-lists.ts';
import { codexUsage } from '../quotas/codex-usage.ts';

const authUrl = 'https://auth.openai.com';
const planFields: ResponsesProfile['fields'] = {
  maxOutputTokens: false,
  sampling: false,
  maxToolCalls: false,
  serviceTier: true,
};

/** `originator` identifies ccp. The back end accepts any originator, but serves some models only to its own. */
const codexHeaders = ({ accountId, sessionId }: HeaderFacts): Record<string, string> => ({
  originator: 'ccp',
  ...(accountId === undefined ? {} : { 'chatgpt-account-id': accountId }),
  ...(sessionId === undefined ? {} : { 'session-id': sessionId.replace(/[^\x21-\x7e]/g, '_').slice(0, 64) }),
});

export const codex: UpstreamDefinition = {
  name: 'codex',
  dialect: 'responses',
  baseUrls: { responses: 'https://chatgpt.com/backend-api/codex' },
  profiles: {
    responses: {
      fields: planFields,
      toolsForm: 'flat',
      capabilities: { imageUrls: false, files: true, fileUrls: false, webSearch: 'live-flag' },
      quota: 'windows',
      countPath: undefined,
    },
  },
  costKind: 'plan',
  auth: loginToken('CCP_CODEX_ACCESS_TOKEN', 'CCP_CODEX_ACCOUNT_ID'),
  headers: codexHeaders,
  login: { flow: 'codex', authUrl },
  quotaEndpoint: codexUsage,
  modelList: codexList,
  smallModel: 'gpt-6-luna',
  hasPriorityTier: true,
  transports: ['http', 'websocket'],
  attributes: { local: false },
  settings: ['baseUrl', 'authUrl', 'transport'],
};

const sharing = 'subscription_sharing_';
const planSwitchedOff: FailureRow = {
  code: 'plan_required',
  message: 'Plan usage is switched off for this app; run `ccp auth login chatgpt --consent`',
};
const usageUnavailable: FailureRow = {
  code: 'upstream_overloaded',
  message: 'The ChatGPT usage service is unavailable; try again',
};

export const chatgpt: UpstreamDefinition = {
  name: 'chatgpt',
  dialect: 'responses',
  baseUrls: { responses: 'https://api.openai.com/v1' },
  profiles: {
    responses: {
      fields: planFields,
      toolsForm: 'namespace',
      capabilities: { imageUrls: true, files: true, fileUrls: false, webSearch: 'plain' },
      quota: 'none',
      countPath: undefined,
    },
  },
  costKind: 'plan',
  auth: loginToken('CCP_CHATGPT_ACCESS_TOKEN'),
  login: { flow: 'chatgpt', authUrl, isSingle: true },
  smallModel: 'gpt-6-luna',
  hasPriorityTier: true,
  replacesBareIdsOf: 'codex',
  failures: {
    [`${sharing}usage_limit_exceeded`]: {
      code: 'plan_limit',
      message: 'The ChatGPT plan limit for this app is used up. See https://chatgpt.com/settings/usage',
    },
    [`${sharing}workplace_individual_usage_limit_exceeded`]: {
      code: 'plan_limit',
      message: "Your workspace admin's individual limit is reached",
    },
    [`${sharing}user_not_eligible`]: {
      code: 'plan_required',
      message: 'This ChatGPT plan cannot share its usage with apps (Plus, Pro or a higher plan is needed)',
    },
    [`${sharing}usage_unavailable`]: usageUnavailable,
    [`${sharing}user_unavailable`]: usageUnavailable,
    [`${sharing}unsupported_capability`]: {
      code: 'upstream_invalid',
      message: 'The field or tool {param} is not allowed on plan usage',
    },
    [`${sharing}route_not_supported`]: { code: 'upstream_invalid' },
    [`${sharing}invalid_user`]: { code: 'credential_rejected' },
    invalid_token: { code: 'credential_rejected' },
    chatpass_v2_scope_not_authorized: planSwitchedOff,
    chatpass_v2_invalid_authorization_context: planSwitchedOff,
  },
  attributes: { local: false },
  settings: ['baseUrl', 'authUrl'],
};

export const openai: UpstreamDefinition = {
  name: 'openai',
  dialect: 'responses',
  baseUrls: { responses: 'https://api.openai.com/v1' },
  profiles: {
    responses: {
      fields: { maxOutputTokens: true, sampling: true, maxToolCalls: true, serviceTier: true },
      toolsForm: 'flat',
      capabilities: { imageUrls: true, files: true, fileUrls: true, webSearch: 'plain' },
      quota: 'rate-limits',
      countPath: '/responses/input_tokens',
    },
  },
  costKind: 'metered',
  auth: apiKey('bearer', 'OPENAI_API_KEY'),
  modelList: plainList,
  smallModel: 'gpt-6-luna',
  hasPriorityTier: true,
  attributes: { local: false },
  settings: ['baseUrl'],
};
