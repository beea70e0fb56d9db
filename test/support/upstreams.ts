/** Registered upstreams at a test URL, and the options of a translator. */
import { sha256 } from '../../src/platform/randomness.ts';
import type { PrepareOptions } from '../../src/translate/dialect.ts';
import type { OwnSetting } from '../../src/upstreams/definition.ts';
import { resolveUpstreams } from '../../src/upstreams/resolve.ts';
import type { Upstream } from '../../src/upstreams/upstream.ts';

export interface TestUpstreams {
  /** The setting `upstreams`. */
  readonly custom?: object;
  /** Settings of single upstreams: `{ kimi: { dialect: 'chat' } }`. */
  readonly own?: Readonly<Record<string, Partial<Record<OwnSetting, string>>>>;
  readonly logins?: readonly string[];
  readonly keepsCostKind?: boolean;
  loginToLoopback?: boolean;
}

export const allUpstreams = ({
  custom = {},
  own = {},
  logins = [],
  keepsCostKind = false,
  loginToLoopback = false,
}: TestUpstreams = {}): Upstream[] =>
  resolveUpstreams({
    custom: { ...custom },
    ownSetting: (name, setting) => {
      const value = own[name]?.[setting];
      return value === undefined ? undefined : { value, from: 'environment' };
    },
    logins,
    keepsCostKind,
    loginToLoopback,
  });

/** @throws Error for an unknown name. */
export function upstreamNamed(name: string, options: TestUpstreams = {}): Upstream {
  const upstream = allUpstreams(options).find((one) => one.name === name);
  if (!upstream) throw new Error(`no upstream ${name}`);
  return upstream;
}

/** A registered upstream with the base URL of a scripted server. */
export const upstreamAt = (name: string, baseUrl: string, options: TestUpstreams = {}): Upstream =>
  upstreamNamed(name, { ...options, own: { ...options.own, [name]: { ...options.own?.[name], baseUrl } } });

export const upstreamsAt = (names: readonly string[], baseUrl: string): Upstream[] => {
  const own = Object.fromEntries(names.map((name) => [name, { baseUrl }]));
  return allUpstreams({ own }).filter(({ name }) => names.includes(name));
};

export const prepareOptions = (overrides: Partial<PrepareOptions> = {}): PrepareOptions => ({
  model: 'm',
  row: undefined,
  effort: undefined,
  priority: false,
  account: '',
  sessionId: undefined,
  client: {},
  rejected: { fields: new Set(), reasoning: new Set() },
  ports: { hash: sha256, clockTime: String, now: () => 0 },
  ...overrides,
});
