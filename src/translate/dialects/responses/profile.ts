/** Differences between Responses upstreams, as data. */
import type { QuotaFormat } from './quota.ts';

export interface ResponsesProfile {
  /** Optional request fields that the upstream accepts. */
  readonly fields: {
    readonly maxOutputTokens: boolean;
    /** `temperature` and `top_p`, for models without reasoning. */
    readonly sampling: boolean;
    readonly maxToolCalls: boolean;
    readonly serviceTier: boolean;
  };
  /** `namespace`: functions are wrapped in a namespace tool. */
  readonly toolsForm: 'flat' | 'namespace';
  readonly capabilities: {
    /** Fetches image URLs. */
    readonly imageUrls: boolean;
    /** Accepts PDFs as `input_file`. */
    readonly files: boolean;
    /** Fetches PDF URLs. */
    readonly fileUrls: boolean;
    /** Hosted search. `live-flag` requests live pages with `external_web_access`. */
    readonly webSearch: 'live-flag' | 'plain' | 'none';
  };
  /** Format of the quota in headers and events. */
  readonly quota: QuotaFormat;
  /** Path of the token count endpoint, appended to the base URL; `undefined` if there is none. */
  readonly countPath: string | undefined;
}

/** Profile of a host without a definition: what the API accepts with a key, without OpenAI-only features. */
export const plainResponses: ResponsesProfile = {
  fields: { maxOutputTokens: true, sampling: true, maxToolCalls: false, serviceTier: false },
  toolsForm: 'flat',
  capabilities: { imageUrls: false, files: true, fileUrls: false, webSearch: 'none' },
  quota: 'none',
  countPath: undefined,
};
