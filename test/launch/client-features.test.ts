/** Flags and subcommands of Claude Code that cannot work, or not as expected, through ccp. */
import { describe, expect, it } from 'vitest';
import { assertRunsHere } from '../../src/launch/claude-args.ts';
import { clientFeatures, featureNotices, subcommands } from '../../src/launch/client-features.ts';

const byEffect = (effect: string) =>
  clientFeatures.filter((feature) => feature.effect === effect).flatMap(({ names }) => names);
const routed = { ownLogin: false };
const ownLogin = { ownLogin: true };

describe('a flag', () => {
  it.each(byEffect('refused'))('is refused with the reason and the way out: %s', (flag) => {
    for (const args of [[flag], ['work', flag], [`${flag}=x`]])
      expect(() => assertRunsHere(args)).toThrow(
        new RegExp(`^${flag}: .+ Leave out ${flag}, or run \`claude ${flag}\` without ccp.$`),
      );
    expect(() => assertRunsHere(['--', flag])).not.toThrow();
    expect(() => assertRunsHere([`${flag}-more`])).not.toThrow();
    expect(featureNotices([flag], routed)).toEqual([]);
  });

  it.each(['--teleport', '--remote-control', '--max-budget-usd'])('is named on a routed model only: %s', (flag) => {
    expect(featureNotices(['-p', flag, '1'], routed)).toEqual([expect.stringMatching(`^${flag}: .+\\.$`)]);
    expect(featureNotices([`${flag}=1`], routed)).toHaveLength(1);
    expect(featureNotices([flag], ownLogin)).toEqual([]);
    expect(() => assertRunsHere([flag])).not.toThrow();
  });

  it('of no special kind is not named', () => {
    expect(featureNotices(['--model', 'x', '-p', 'agents'], routed)).toEqual([]);
  });
});

describe('a subcommand', () => {
  it.each(byEffect('noted'))('is named on every model: %s', (name) => {
    for (const use of [routed, ownLogin])
      expect(featureNotices([name, 'x'], use)).toEqual([expect.stringContaining(`${name}: `)]);
    expect(featureNotices(['x', name], routed)).toEqual([]);
  });

  it.each(['remote-control', 'rc'])('that needs a subscription is named on a routed model: %s', (name) => {
    expect(featureNotices([name], routed)).toHaveLength(1);
    expect(featureNotices([name], ownLogin)).toEqual([]);
  });

  it('is known from either generation of the client', () => {
    for (const name of [
      'agents',
      'ultrareview',
      'gateway',
      'import',
      'purge',
      'attach',
      'respawn',
      'daemon',
      'mcp',
      'rc',
    ])
      expect(subcommands.has(name), name).toBe(true);
  });
});
