/** Settings of a single upstream: `<name>BaseUrl` and so on. Generated from the registry, so a row there adds them. */
import { z } from 'zod';
import type { OwnSetting, UpstreamDefinition } from '../upstreams/definition.ts';
import { definitions } from '../upstreams/definitions.ts';
import { type ScalarSetting, url } from './scalars.ts';

export interface UpstreamSetting extends ScalarSetting<z.ZodType<string>, string | undefined> {
  readonly key: string;
  readonly upstream: string;
  readonly setting: OwnSetting;
}

const words = (list: readonly string[]) => ({
  schema: z
    .string()
    .refine((value) => list.includes(value), `must be one of ${list.join(', ')}`)
    .meta({ enum: list }),
  expects: `be one of ${list.join(', ')}`,
});

const kinds: Readonly<
  Record<
    OwnSetting,
    (definition: UpstreamDefinition) => Pick<UpstreamSetting, 'schema' | 'expects' | 'default' | 'description'>
  >
> = {
  baseUrl: ({ name, baseUrls, dialect }) => ({
    ...url,
    default: baseUrls[dialect],
    description: `Address of \`${name}\`.`,
  }),
  authUrl: ({ name, login }) => ({
    ...url,
    default: login?.authUrl,
    description: `Auth server of \`${name}\`.`,
  }),
  dialect: ({ name, baseUrls, dialect }) => ({
    ...words(Object.keys(baseUrls)),
    default: dialect,
    description: `Dialect of requests to \`${name}\`.`,
  }),
  transport: ({ name, transports = ['http'] }) => ({
    ...words(transports),
    default: transports[0],
    description: `Transport of requests to \`${name}\`; always \`http\` behind an HTTP proxy.`,
  }),
};

const suffixes: Readonly<Record<OwnSetting, readonly [key: string, variable: string]>> = {
  baseUrl: ['BaseUrl', 'BASE_URL'],
  authUrl: ['AuthUrl', 'AUTH_URL'],
  dialect: ['Dialect', 'DIALECT'],
  transport: ['Transport', 'TRANSPORT'],
};

export const upstreamSettings: readonly UpstreamSetting[] = definitions.flatMap((definition) =>
  (definition.settings ?? []).map((setting) => {
    const [key, variable] = suffixes[setting];
    return {
      key: `${definition.name}${key}`,
      variable: `CCP_${definition.name.toUpperCase()}_${variable}`,
      upstream: definition.name,
      setting,
      ...kinds[setting](definition),
    };
  }),
);
