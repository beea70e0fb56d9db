/** The upstreams of a context as the proxy asks them. */
import type { Upstream } from '../translate/dialect.ts';
import { buildUpstream } from '../translate/registry/build.ts';
import { responsesUpstream } from '../translate/responses/dialect.ts';
import { chatgptProfile, codexProfile, demoProfile, openaiProfile } from '../translate/responses/profile.ts';
import type { Context } from './context.ts';

type BaseUrlKey = 'codexBaseUrl' | 'chatgptBaseUrl' | 'openaiBaseUrl';

export const baseUrlIn = ({ settings }: Context, key: BaseUrlKey): string =>
  (settings.text(key) ?? '').replace(/\/+$/, '');

export const allUpstreams = (context: Context): Upstream[] => [
  responsesUpstream(codexProfile(baseUrlIn(context, 'codexBaseUrl'))),
  responsesUpstream(chatgptProfile(baseUrlIn(context, 'chatgptBaseUrl'))),
  responsesUpstream(openaiProfile(baseUrlIn(context, 'openaiBaseUrl'))),
  ...context.upstreams.map(buildUpstream),
  responsesUpstream(demoProfile),
];

/** @throws Error for a name that no model can have. */
export function upstreamOf(name: string, context: Context): Upstream {
  const upstream = allUpstreams(context).find((one) => one.name === name);
  if (!upstream) throw new Error(`no upstream ${name}`);
  return upstream;
}
