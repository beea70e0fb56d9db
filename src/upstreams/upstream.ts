/** A resolved upstream: its definition with the user's settings applied, and its translator. */
import type { CostKind } from '../models/types.ts';
import type { Host, Translator } from '../translate/dialect.ts';
import type { DialectName } from '../translate/dialects.ts';
import type {
  AuthCommand,
  HeaderFacts,
  QuotaEndpoint,
  TransportName,
  UpstreamAttributes,
  UpstreamAuth,
  UpstreamLogin,
} from './definition.ts';
import type { ModelList } from './model-lists.ts';

export interface Upstream extends Host {
  readonly dialect: DialectName;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** The address is `http://` on another machine, and `allowInsecure` is not set: nothing is sent to it. */
  readonly isUnencrypted: boolean;
  readonly costKind: CostKind;
  readonly auth: UpstreamAuth;
  /** Request headers in addition to the common ones. */
  readonly headers: (facts: HeaderFacts) => Readonly<Record<string, string>>;
  readonly login: UpstreamLogin | undefined;
  /** Claude Code's own login may be forwarded to this address. */
  readonly acceptsClientLogin: boolean;
  /** Claude Code knows the upstream's models by their plain ids. */
  readonly hasClientModels: boolean;
  readonly quotaEndpoint: QuotaEndpoint | undefined;
  readonly modelList: ModelList | undefined;
  readonly smallModel: string | undefined;
  readonly hasPriorityTier: boolean;
  readonly replacesBareIdsOf: string | undefined;
  readonly startHint: string | undefined;
  readonly windowHint: string | undefined;
  readonly probe: 'model-list' | undefined;
  readonly transport: TransportName;
  readonly attributes: UpstreamAttributes;
  readonly translator: Translator;
}

/** Why nothing is sent to an upstream with `isUnencrypted`, with the remedy. */
export const unencryptedText = ({ name, baseUrl }: Pick<Upstream, 'name' | 'baseUrl'>): string =>
  `${name} is at ${baseUrl}, which is not https: prompts and credentials would be sent unencrypted. Use https, a tunnel to 127.0.0.1, or set upstreams.${name}.allowInsecure to true.`;

/** The remedy when the token of a user's program is missing or rejected. */
export const commandHint = (name: string, { words }: Pick<AuthCommand, 'words'>): string =>
  `Run the command of upstreams.${name}.auth (${words[0] ?? ''}) in a shell to see its problem.`;
