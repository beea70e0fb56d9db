/** Policies and subjects for tests. */
import { bundledModels } from '../../src/models/catalogue.ts';
import type { LayerKind, Policy, PolicyDocument, PolicyLayer } from '../../src/policy/policy.ts';
import type { PolicySubject } from '../../src/policy/subject.ts';
import { allUpstreams, type TestUpstreams } from './upstreams.ts';

export const layer = (
  document: Omit<PolicyDocument, 'version'>,
  kind: LayerKind = 'system',
  path = `/etc/ccp/${kind}.json`,
): PolicyLayer => ({ kind, path, hash: JSON.stringify(document), document: { version: 1, ...document } });

export const policyOf = (...layers: PolicyLayer[]): Policy => ({ layers, problems: [], overrides: [], claude: [] });

export const gate = 'https://gate.example/v1';
export const customUpstreams: TestUpstreams = {
  custom: {
    gate: { dialect: 'chat', baseUrl: gate },
    copy: { dialect: 'responses', baseUrl: 'https://chatgpt.com/backend-api/codex' },
    dotted: { dialect: 'responses', baseUrl: 'https://CHATGPT.com.:443/backend-api/codex' },
    near: { dialect: 'chat', baseUrl: 'http://127.0.0.1:9999/v1' },
    cheap: { dialect: 'chat', baseUrl: 'https://far.example', cost: 'local' },
  },
  logins: ['codex#work'],
};

/** @param name `UPSTREAM/MODEL`. */
export function subject(name: string, more: Partial<PolicySubject> = {}, options = customUpstreams): PolicySubject {
  const slash = name.indexOf('/');
  const [upstreamName, model] = [name.slice(0, slash), name.slice(slash + 1)];
  const upstream = allUpstreams(options).find((one) => one.name === upstreamName);
  if (!upstream) throw new Error(`no upstream ${upstreamName}`);
  const row = bundledModels.find((one) => one.upstream === upstreamName && one.id === model);
  return {
    upstream,
    target: { upstream: upstreamName, model, row },
    classes: ['turn', 'main'],
    repository: { name: 'git.example.org/team/app', root: '/home/u/work/app' },
    hasKnownCost: true,
    now: 1_000,
    ...more,
  };
}
