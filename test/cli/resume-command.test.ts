import { expect, it } from 'vitest';
import { resumeCommand } from '../../src/cli/resume-command.ts';
import type { LaunchFlags } from '../../src/cli/session-plan.ts';
import { sampleRoute } from '../support/samples.ts';

const flags: LaunchFlags = {
  profile: undefined,
  model: undefined,
  fastModel: undefined,
  effort: undefined,
  layout: undefined,
  port: undefined,
  demo: false,
  allowMetered: false,
  budgetUsd: undefined,
  receipt: undefined,
};
const routes = [sampleRoute, { ...sampleRoute, routeClass: 'fast' as const, model: 'gpt-6-luna' }];

it.each<[string, Partial<LaunchFlags>, string]>([
  ['the model of the main route, also after a switch', {}, 'ccp launch --model codex/gpt-5.5 -- --resume abc'],
  ['the demo', { demo: true }, 'ccp launch --demo -- --resume abc'],
  [
    'every choice of the launch',
    { profile: 'work', fastModel: 'luna', effort: 'high', budgetUsd: 2.5, allowMetered: true },
    'ccp launch --profile work --model codex/gpt-5.5 --fast-model codex/gpt-6-luna --effort high --budget 2.5 --allow-metered -- --resume abc',
  ],
])('the command to resume repeats %s', (_title, more, wanted) => {
  expect(resumeCommand('ccp', { ...flags, ...more }, { routes, switches: [] }, 'abc')).toBe(wanted);
});

it('the command to resume follows switches, and quotes what a shell would read otherwise', () => {
  const switches = ['main', 'fast'].map((routeClass) => ({
    at: 0,
    routeClass: routeClass as 'main' | 'fast',
    from: 'demo/demo',
    to: 'x',
  }));
  const odd = [{ ...sampleRoute, model: 'my model' }, ...routes.slice(1)];
  expect(resumeCommand('ccp', { ...flags, demo: true }, { routes: odd, switches }, 'abc')).toBe(
    "ccp launch --model 'codex/my model' --fast-model codex/gpt-6-luna -- --resume abc",
  );
});
