import { describe, expect, it } from 'vitest';
import {
  choosesPermissions,
  hasSubcommand,
  isHeadless,
  permissionModeOf,
  takeSettings,
} from '../../src/launch/claude-args.ts';

/** The subcommands that `claude --help` lists. */
const subcommands =
  'agents attach auth auto-mode config doctor gateway install logs mcp plugin plugins project remote-control rc setup-token stop ultrareview update upgrade'.split(
    ' ',
  );

describe('a headless run', () => {
  it.each(['-p', '--print', '-h', '--help', '-v', '--version'])('is detected by %s in any position', (flag) => {
    expect(isHeadless([flag])).toBe(true);
    expect(isHeadless(['--model', 'heron-1', flag, 'hello'])).toBe(true);
    expect(isHeadless(['hello', '--', flag])).toBe(false);
    expect(isHeadless(['hello', '--', flag, 'x'])).toBe(false);
    expect(isHeadless([flag, '--', 'hello'])).toBe(true);
  });

  it.each(subcommands)('is detected by the subcommand %s in the first position', (name) => {
    expect(hasSubcommand([name])).toBe(true);
    expect(isHeadless([name, 'list'])).toBe(true);
    expect(hasSubcommand(['fix', name])).toBe(false);
    expect(isHeadless(['fix', name])).toBe(false);
  });

  it('is not detected without them', () => {
    expect(isHeadless([])).toBe(false);
    expect(hasSubcommand([])).toBe(false);
    expect(isHeadless(['--model', 'heron-1'])).toBe(false);
  });
});

describe('--settings', () => {
  it.each<[string, string[], string | undefined, string[]]>([
    ['as two arguments', ['a', '--settings', '{"x":1}', 'b'], '{"x":1}', ['a', 'b']],
    ['as one argument', ['a', '--settings={"x":"a=b"}', 'b'], '{"x":"a=b"}', ['a', 'b']],
    ['empty', ['--settings=', 'b'], '', ['b']],
    ['twice, the last one', ['--settings', 'one', '--settings=two'], 'two', []],
    ['without a value', ['a', '--settings'], undefined, ['a']],
    ['after the end of flags', ['a', '--', '--settings', 'x'], undefined, ['a', '--', '--settings', 'x']],
    ['before and after the end of flags', ['--settings', 'x', '--', '--settings=y'], 'x', ['--', '--settings=y']],
    ['absent', ['a', '--settings-file', 'x', ''], undefined, ['a', '--settings-file', 'x', '']],
  ])('is extracted: %s', (_name, args, value, rest) => {
    expect(takeSettings(args)).toEqual({ value, rest });
  });
});

describe('the permission mode of the command line', () => {
  it.each([
    [['--permission-mode', 'plan'], 'plan'],
    [['x', '--permission-mode=acceptEdits'], 'acceptEdits'],
    [['--permission-mode'], undefined],
    [['--permission-model', 'plan'], undefined],
    [['plan'], undefined],
    [[], undefined],
  ])('of %j is %s', (args, wanted) => {
    expect(permissionModeOf(args)).toBe(wanted);
  });

  it('is set only by its flag or by a flag that skips permissions', () => {
    expect(choosesPermissions(['x', '--permission-mode', 'plan'])).toBe(true);
    expect(choosesPermissions(['--permission-mode=plan'])).toBe(true);
    expect(choosesPermissions(['--dangerously-skip-permissions'])).toBe(true);
    expect(choosesPermissions(['--allow-dangerously-skip-permissions', 'x'])).toBe(true);
    expect(choosesPermissions(['--model', 'heron-1'])).toBe(false);
    expect(choosesPermissions(['about --permission-mode', 'dangerously-skip-permissions not'])).toBe(false);
    expect(choosesPermissions([])).toBe(false);
  });
});

it('a permission mode after -- is part of the prompt', () => {
  expect(permissionModeOf(['-p', '--', '--permission-mode', 'plan'])).toBeUndefined();
  expect(choosesPermissions(['-p', '--', '--dangerously-skip-permissions'])).toBe(false);
  expect(permissionModeOf(['--permission-mode', 'plan', '--', 'x'])).toBe('plan');
});
