/**
 * The flags and subcommands of Claude Code that ccp treats in a special way, in one table for all client versions: an
 * older client prints its own error for a newer flag.
 */

interface ClientFeature {
  readonly kind: 'flag' | 'subcommand';
  readonly names: readonly string[];
  /**
   * `refused`: ccp does not start Claude Code. `noted`: it says the text. `noted when routed`: only when the main model
   * is not on Claude Code's own login.
   */
  readonly effect: 'refused' | 'noted' | 'noted when routed';
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
  { kind: 'flag', names: ['--teleport', '--remote-control'], effect: 'noted when routed', text: needsSubscription },
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
    text: 'sessions that were started without `ccp launch -- --bg` do not run through ccp',
  },
  {
    kind: 'subcommand',
    names: ['ultrareview'],
    effect: 'noted',
    text: 'runs on Anthropic’s machines, not through ccp',
  },
  { kind: 'subcommand', names: ['remote-control', 'rc'], effect: 'noted when routed', text: needsSubscription },
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

/** What the user has to know about these arguments. @param options arguments before `--` */
export const featureNotices = (options: readonly string[], { ownLogin }: FeatureUse): string[] =>
  usedFeatures(options)
    .filter(({ feature: { effect } }) => effect === 'noted' || (effect === 'noted when routed' && !ownLogin))
    .map(({ name, feature }) => `${name}: ${feature.text}.`);

const usedFeatures = (options: readonly string[]) =>
  clientFeatures.flatMap((feature) => {
    const name = feature.names.find((one) =>
      feature.kind === 'subcommand' ? options[0] === one : options.some((arg) => arg.split('=')[0] === one),
    );
    return name === undefined ? [] : [{ name, feature }];
  });
