/** What tells one Responses upstream from another: data, never code. */
import type { CostKind } from '../../models/types.ts';
import type { FailureRow } from '../failures/errors.ts';

export interface ResponsesProfile {
  /** The upstream's name in routes, events and messages. */
  readonly upstream: string;
  readonly baseUrl: string;
  readonly costKind: CostKind;
  /** Sends no credential at all. */
  readonly anonymous: boolean;
  /** Extra request headers; `session` and `account` are filled in per request. */
  readonly headers: 'codex' | 'plain';
  /** Request fields beyond the common ones. */
  readonly fields: {
    readonly maxOutputTokens: boolean;
    /** `temperature` and `top_p`, for models that do not reason. */
    readonly sampling: boolean;
    readonly maxToolCalls: boolean;
    readonly serviceTier: boolean;
  };
  readonly toolsForm: 'flat' | 'namespace';
  readonly capabilities: {
    /** Fetches image URLs itself. */
    readonly imageUrls: boolean;
    /** Takes PDFs as `input_file`. */
    readonly files: boolean;
    /** Fetches PDF URLs itself. */
    readonly fileUrls: boolean;
    /** Hosted search; `codex` asks for live pages with a field of its own. */
    readonly webSearch: 'codex' | 'plain' | 'none';
  };
  /** Where it tells how much of a limit is used. */
  readonly quota: 'codex' | 'rate-limits' | 'none';
  /** Its own token count, appended to the base URL; `undefined` where there is none. */
  readonly countPath: string | undefined;
  /** By the upstream's error code, above the common table. */
  readonly failures: Readonly<Record<string, FailureRow>>;
  /** What a user runs or sets to get a credential. */
  readonly credentialHint: string;
}

const planFields = { maxOutputTokens: false, sampling: false, maxToolCalls: false, serviceTier: true };

/** The Codex back end of a ChatGPT plan. */
export const codexProfile = (baseUrl: string): ResponsesProfile => ({
  upstream: 'codex',
  baseUrl,
  costKind: 'plan',
  anonymous: false,
  headers: 'codex',
  fields: planFields,
  toolsForm: 'flat',
  capabilities: { imageUrls: false, files: true, fileUrls: false, webSearch: 'codex' },
  quota: 'codex',
  countPath: undefined,
  failures: {},
  credentialHint: 'Set CCP_CODEX_ACCESS_TOKEN, or store a credential for codex (`ccp config path` shows the folder).',
});

const sharing = 'subscription_sharing_';
const planSwitchedOff: FailureRow = {
  code: 'plan_required',
  words: 'Plan usage is switched off for this app; run `ccp auth login chatgpt --consent`',
};
const usageUnavailable: FailureRow = {
  code: 'upstream_overloaded',
  words: 'The ChatGPT usage service is unavailable; try again',
};

/** A ChatGPT plan through the published token sharing. */
export const chatgptProfile = (baseUrl: string): ResponsesProfile => ({
  upstream: 'chatgpt',
  baseUrl,
  costKind: 'plan',
  anonymous: false,
  headers: 'plain',
  fields: planFields,
  toolsForm: 'namespace',
  capabilities: { imageUrls: true, files: true, fileUrls: false, webSearch: 'plain' },
  quota: 'none',
  countPath: undefined,
  failures: {
    [`${sharing}usage_limit_exceeded`]: {
      code: 'plan_limit',
      words: 'The ChatGPT plan limit for this app is used up. See https://chatgpt.com/settings/usage',
    },
    [`${sharing}workplace_individual_usage_limit_exceeded`]: {
      code: 'plan_limit',
      words: "Your workspace admin's individual limit is reached",
    },
    [`${sharing}user_not_eligible`]: {
      code: 'plan_required',
      words: 'This ChatGPT plan cannot share its usage with apps (Plus, Pro or a higher plan is needed)',
    },
    [`${sharing}usage_unavailable`]: usageUnavailable,
    [`${sharing}user_unavailable`]: usageUnavailable,
    [`${sharing}unsupported_capability`]: {
      code: 'upstream_invalid',
      words: 'The field or tool {param} is not allowed on plan usage',
    },
    [`${sharing}route_not_supported`]: { code: 'upstream_invalid' },
    [`${sharing}invalid_user`]: { code: 'credential_rejected' },
    invalid_token: { code: 'credential_rejected' },
    chatpass_v2_scope_not_authorized: planSwitchedOff,
    chatpass_v2_invalid_authorization_context: planSwitchedOff,
  },
  credentialHint:
    'Set CCP_CHATGPT_ACCESS_TOKEN, or store a credential for chatgpt (`ccp config path` shows the folder).',
});

/** OpenAI by API key. */
export const openaiProfile = (baseUrl: string): ResponsesProfile => ({
  upstream: 'openai',
  baseUrl,
  costKind: 'metered',
  anonymous: false,
  headers: 'plain',
  fields: { maxOutputTokens: true, sampling: true, maxToolCalls: true, serviceTier: true },
  toolsForm: 'flat',
  capabilities: { imageUrls: true, files: true, fileUrls: true, webSearch: 'plain' },
  quota: 'rate-limits',
  countPath: '/responses/input_tokens',
  failures: {},
  credentialHint: 'Set OPENAI_API_KEY, or store a key for openai (`ccp config path` shows the folder).',
});

export const demoProfile: ResponsesProfile = {
  upstream: 'demo',
  baseUrl: 'demo:',
  costKind: 'local',
  anonymous: true,
  headers: 'plain',
  fields: { ...planFields, serviceTier: false },
  toolsForm: 'flat',
  capabilities: { imageUrls: true, files: true, fileUrls: true, webSearch: 'none' },
  quota: 'none',
  countPath: undefined,
  failures: {},
  credentialHint: '',
};
