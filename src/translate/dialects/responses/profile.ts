/** What tells one Responses upstream from another: data, never code. */
import type { QuotaFormat } from './quota.ts';

export interface ResponsesProfile {
  /** Request fields beyond the common ones. */
  readonly fields: {
    readonly maxOutputTokens: boolean;
    /** `temperature` and `top_p`, for models that do not reason. */
    readonly sampling: boolean;
    readonly maxToolCalls: boolean;
    readonly serviceTier: boolean;
  };
  /** `namespace`: functions stand inside a namespace. */
  readonly toolsForm: 'flat' | 'namespace';
  readonly capabilities: {
    /** Fetches image URLs itself. */
    readonly imageUrls: boolean;
    /** Takes PDFs as `input_file`. */
    readonly files: boolean;
    /** Fetches PDF URLs itself. */
    readonly fileUrls: boolean;
    /** Hosted search; `live-flag` asks for live pages with a field of its own. */
    readonly webSearch: 'live-flag' | 'plain' | 'none';
  };
  /** How its headers and events tell how much of a limit is used. */
  readonly quota: QuotaFormat;
  /** Its own token count, appended to the base URL; `undefined` where there is none. */
  readonly countPath: string | undefined;
}

/** A host of which only the dialect is known: what the API takes by key, without what is OpenAI's alone. */
export const plainResponses: ResponsesProfile = {
  fields: { maxOutputTokens: true, sampling: true, maxToolCalls: false, serviceTier: false },
  toolsForm: 'flat',
  capabilities: { imageUrls: false, files: true, fileUrls: false, webSearch: 'none' },
  quota: 'none',
  countPath: undefined,
};
