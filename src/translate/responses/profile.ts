/** What tells one Responses upstream from another: data, never code. */
import type { CostKind } from '../../models/types.ts';

export interface ResponsesProfile {
  /** The upstream's name in routes, events and messages. */
  readonly upstream: string;
  readonly baseUrl: string;
  readonly costKind: CostKind;
  /** Sends no credential at all. */
  readonly anonymous: boolean;
  /** Extra request headers; `session` and `account` are filled in per request. */
  readonly headers: 'codex' | 'plain';
  readonly capabilities: {
    /** Fetches image URLs itself. */
    readonly imageUrls: boolean;
    /** Takes PDFs as `input_file`. */
    readonly files: boolean;
    readonly serviceTier: boolean;
  };
  /** What a user runs or sets to get a credential. */
  readonly credentialHint: string;
}

export const codexProfile = (baseUrl: string): ResponsesProfile => ({
  upstream: 'codex',
  baseUrl,
  costKind: 'plan',
  anonymous: false,
  headers: 'codex',
  capabilities: { imageUrls: false, files: true, serviceTier: true },
  credentialHint: 'Set CCP_CODEX_ACCESS_TOKEN, or store a credential for codex (`ccp config path` shows the folder).',
});

export const demoProfile: ResponsesProfile = {
  upstream: 'demo',
  baseUrl: 'demo:',
  costKind: 'local',
  anonymous: true,
  headers: 'plain',
  capabilities: { imageUrls: true, files: true, serviceTier: false },
  credentialHint: '',
};
