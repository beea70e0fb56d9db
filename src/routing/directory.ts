/** All routing targets: the known models and every upstream. */
import { CcpError } from '../errors/ccp-error.ts';
import { findModel, suggestModels, type Target } from '../models/find.ts';
import type { ModelRow } from '../models/types.ts';
import { upstreamOfLogin } from '../upstreams/login-name.ts';
import type { Upstream } from '../upstreams/upstream.ts';

export interface Directory {
  readonly catalogue: readonly ModelRow[];
  readonly upstreams: readonly Upstream[];
}

/** Longer names are not model names and are not compared. */
const maxNameLength = 100;

/** @throws CcpError `unknown_model`, naming near matches. @param name a catalogue id, or `UPSTREAM/MODEL`. */
export function targetNamed(name: string, { catalogue, upstreams }: Directory): Target {
  const target = findModel(name, catalogue, upstreams);
  if (target) return target;
  const near = name.length > maxNameLength ? [] : suggestModels(name, catalogue);
  const [upstream = '', model] = name.split('/', 2);
  const isUpstream = upstreams.some((one) => one.name === upstream);
  const suggestion =
    near.length > 0
      ? ` Did you mean ${near.join(', ')}?`
      : model === undefined || isUpstream
        ? ''
        : ` There is no upstream "${upstream.slice(0, maxNameLength)}"; there are ${upstreams.map((one) => one.name).join(', ')}.`;
  const login = upstreamOfLogin(upstream) === undefined ? '' : ` Sign in with \`ccp auth login ${upstream}\`.`;
  throw new CcpError(
    'unknown_model',
    `$.model: "${name.slice(0, maxNameLength)}" is not a model ccp knows.${login || suggestion}`,
  );
}

/** @throws CcpError `unknown_model` when the table names an unknown upstream. */
export function upstreamNamed(name: string, { upstreams }: Directory): Upstream {
  const upstream = upstreams.find((one) => one.name === name);
  if (upstream) return upstream;
  throw new CcpError('unknown_model', `$.model: there is no upstream "${name}".`);
}
