/**
 * The flags and subcommands of Claude Code that ccp treats in a special way, in one table for all client versions: an
 * older client prints its own error for a newer flag.
 */

import type { EffectivePolicy, EgressName } from '../policy/effective.ts';

interface ClientFeature {
  readonly kind: 'flag' | 'subcommand';
  readonly names: readonly string[];
  /**
   * `refused`: ccp does not start Claude Code. `noted`: it says the text. `noted when routed`: only when the main model
   * is not on Claude Code's own login. `allowed`: only a policy says something about it.
   */
  readonly effect: 'refused' | 'noted' | 'noted when routed' | 'allowed';
  /** The member of a policy's `egress` that can deny it or have it named. */
  readonly egress?: EgressName;
  /** What the user has to know, after the name of the flag or subcommand. */
  readonly text: string;
}

const inCloud = 'the session runs on Anthropic’s machines, not through ccp';
const needsSubscription = 'needs a Claude subscription, and does not work with the login of another model';

export const clientFeatures: readonly ClientFeature[] = [
  { kind: 'flag', names: ['--cloud', '--environment'], effect: 'refused', text: inCloud },
  {
    kind: 'flag',
    names: ['--desktop'],
    effect: 'refused',
    text: 'the session runs in the Claude Desktop app, not through ccp',
  },
  {
    kind: 'flag',
    names: ['--teleport'],
    effect: 'noted when routed',
    egress: 'cloudSessions',
    text: needsSubscription,
  },
  {
    kind: 'flag',
    names: ['--remote-control'],
    effect: 'noted when routed',
    egress: 'remoteControl',
    text: needsSubscription,
  },
  {
    kind: 'flag',
    names: ['--bg', '--background'],
    effect: 'allowed',
    egress: 'backgroundSessions',
    text: 'the session goes on without a terminal',
  },
  {
    kind: 'flag',
    names: ['--max-budget-usd'],
    effect: 'noted when routed',
    text: 'Claude Code counts with its own prices, which are not those of this model. ccp’s --budget counts with the real ones',
  },
  {
    kind: 'subcommand',
    names: ['agents', 'attach', 'respawn'],
    effect: 'noted',
    egress: 'backgroundSessions',
    text: 'sessions that were started without `ccp launch -- --bg` do not run through ccp',
  },
  {
    kind: 'subcommand',
    names: ['ultrareview'],
    effect: 'noted',
    egress: 'cloudSessions',
    text: 'runs on Anthropic’s machines, not through ccp',
  },
  {
    kind: 'subcommand',
    names: ['remote-control', 'rc'],
    effect: 'noted when routed',
    egress: 'remoteControl',
    text: needsSubscription,
  },
];

/** Subcommands that manage Claude Code. They have no session of their own, so ccp shows no screen. */
const managingSubcommands = [
  'auth',
  'auto-mode',
  'config',
  'daemon',
  'doctor',
  'gateway',
  'import',
  'install',
  'kill',
  'logs',
  'mcp',
  'plugin',
  'plugins',
  'project',
  'purge',
  'rm',
  'setup-token',
  'stop',
  'update',
  'upgrade',
];

export const subcommands: ReadonlySet<string> = new Set([
  ...managingSubcommands,
  ...clientFeatures.flatMap(({ kind, names }) => (kind === 'subcommand' ? names : [])),
]);

/** Whether Claude Code's own login is used for the main model. */
export interface FeatureUse {
  readonly ownLogin: boolean;
}

/** Why ccp does not start Claude Code with these arguments, if so. @param options arguments before `--` */
export function featureRefusal(options: readonly string[]): string | undefined {
  const used = usedFeatures(options).find(({ feature }) => feature.effect === 'refused');
  return (
    used && `${used.name}: ${used.feature.text}. Leave out ${used.name}, or run \`claude ${used.name}\` without ccp.`
  );
}

/** Why a policy forbids these arguments, if it does. @param options arguments before `--` */
export function egressRefusal(options: readonly string[], egress: EffectivePolicy['egress']): string | undefined {
  for (const { name, feature } of anyFeatures(options)) {
    const rule = feature.egress && egress[feature.egress];
    if (rule?.value === 'deny')
      return `${name}: the policy ${rule.path} denies egress.${feature.egress}. Leave out ${name}.`;
  }
  return undefined;
}

/** What a policy wants the user to know about these arguments. @param options arguments before `--` */
export const egressNotices = (options: readonly string[], egress: EffectivePolicy['egress']): string[] =>
  usedFeatures(options).flatMap(({ name, feature }) => {
    const rule = feature.egress && egress[feature.egress];
    return rule?.value === 'say' ? [`${name}: ${feature.text} (the policy ${rule.path} has it named).`] : [];
  });

/** What the user has to know about these arguments. @param options arguments before `--` */
export const featureNotices = (options: readonly string[], { ownLogin }: FeatureUse): string[] =>
  usedFeatures(options)
    .filter(({ feature: { effect } }) => effect === 'noted' || (effect === 'noted when routed' && !ownLogin))
    .map(({ name, feature }) => `${name}: ${feature.text}.`);

/** As `usedFeatures`, with a subcommand at any place: options may stand before it. */
const anyFeatures = (options: readonly string[]) =>
  clientFeatures.flatMap((feature) => {
    const name = feature.names.find((one) => options.some((arg) => arg.split('=')[0] === one));
    return name === undefined ? [] : [{ name, feature }];
  });

const usedFeatures = (options: readonly string[]) =>
  clientFeatures.flatMap((feature) => {
    const name = feature.names.find((one) =>
      feature.kind === 'subcommand' ? options[0] === one : options.some((arg) => arg.split('=')[0] === one),
    );
    return name === undefined ? [] : [{ name, feature }];
  });
