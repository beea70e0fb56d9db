/**
 * The schema of the settings file. Types, the published JSON Schemas and the table in `docs/settings.md` are generated
 * from it. `ccp config set` and every start of ccp validate against it.
 */
import { z } from 'zod';
import { efforts } from '../models/types.ts';
import { routeClasses } from '../routing/classes.ts';
import { dialectNames, isDialectName } from '../translate/dialects.ts';
import { definitions } from '../upstreams/definitions.ts';
import { scalarSettings, url } from './scalars.ts';
import { upstreamSettings } from './upstream-settings.ts';

const model = z.string().min(1).describe('A catalogue id, or UPSTREAM/MODEL.');

const routeSchema = z.union([model, z.strictObject({ model, effort: z.enum(efforts).optional() })]);

export const routesSchema = z
  .strictObject({
    ...Object.fromEntries(routeClasses.map((name) => [name, routeSchema.optional()])),
    agents: z
      .record(z.string().min(1), routeSchema)
      .optional()
      .describe('Routes of agents by their type, such as Explore. An agent without one uses that of subagent.'),
  })
  .describe(
    'Which model serves which class of request. Without a route of their own, haiku, title and webfetch use that of fast, every other class that of main.',
  );

const fallbackRank = z.union([model, z.array(model).min(1)]);

const fallbackClasses = ['default', 'main', 'fast', 'subagent', 'compaction', 'websearch'] as const;

export const fallbackSchema = z
  .strictObject(Object.fromEntries(fallbackClasses.map((name) => [name, z.array(fallbackRank).optional()])))
  .describe(
    'An ordered list of models per class (`default`: of every other class), tried before any content when the route cannot answer: a limit with a wait of more than 20 s, an expired login, a failing or unreachable upstream. A list within the list is of equal rank: the cheapest is tried first.',
  );

const dollars = z.number().min(0);

export const budgetsSchema = z
  .strictObject({
    sessionUsd: dollars.optional().describe('Metered cost of one session.'),
    dayUsd: dollars.optional().describe('Metered cost of all sessions since local midnight.'),
    weekUsd: dollars.optional().describe('Metered cost of all sessions since Monday, local midnight.'),
    monthUsd: dollars.optional().describe('Metered cost of all sessions in the calendar month.'),
    repositories: z
      .record(z.string(), dollars)
      .optional()
      .describe('Per repository (remote as host/owner/name, or a path glob), per day.'),
    warnAtPercent: z.number().min(1).max(100).optional().describe('Share of a budget from which on ccp warns; 80.'),
    onLimit: z
      .enum(['ask', 'stop', 'switch'])
      .optional()
      .describe(
        'When a budget is used up: `ask` (default) waits for an answer on the screen, `stop` refuses new turns, `switch` sends them to `switchTo`.',
      ),
    switchTo: model
      .optional()
      .describe(
        'The model that takes the turns with `onLimit: switch`. It should cost nothing: a plan or a local model.',
      ),
  })
  .describe('Ceilings on metered cost, in US dollars. Plans and local models cost nothing here.');

export const fanOutSchema = z
  .strictObject({
    parallel: z.int().min(1).max(1000).optional().describe('Requests of a session that may run at the same time; 16.'),
    alike: z.int().min(1).max(1000).optional().describe('Of these, requests with the same content; 4.'),
    alikePerMinute: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe('Requests with the same new message that may start within a minute; 20.'),
    onLimit: z
      .enum(['ask', 'hold', 'stop', 'off'])
      .optional()
      .describe(
        'Requests beyond a limit: `ask` (default) holds them and asks on the screen, `hold` sends them when others have ended, `stop` refuses them, `off` has no limits. Without a screen there are no limits unless this setting has a member, and `ask` is `hold`.',
      ),
  })
  .describe('A brake for agents that start agents, and for loops: too many requests of one session at the same time.');

const priceRates = {
  input: z.number().min(0),
  output: z.number().min(0),
  cacheRead: z.number().min(0).optional(),
  cacheWrite: z.number().min(0).optional(),
  cacheWriteHour: z.number().min(0).optional(),
};

const priceSchema = z.strictObject({
  ...priceRates,
  longAbove: z
    .int()
    .min(1)
    .optional()
    .describe('Above this many input tokens the whole request costs the `long` rates.'),
  long: z.strictObject(priceRates).optional(),
  source: z.string().optional(),
  date: z.string().optional().describe('ISO date the price was read.'),
});

const upstreamModelSchema = z.strictObject({
  id: z.string().min(1),
  contextWindow: z.int().min(1).optional(),
  maxOutputTokens: z.int().min(1).optional(),
  efforts: z.array(z.enum(efforts)).optional(),
  vision: z.boolean().optional(),
  price: priceSchema.optional().describe('US dollars per million tokens.'),
});

const dialect = z
  .string()
  .refine(isDialectName, `must be one of ${dialectNames.join(', ')}`)
  .meta({ enum: dialectNames });

const reservedHeaders =
  /^(?:authorization|x-api-key|x-goog-api-key|host|connection|content-.*|transfer-encoding|accept|accept-encoding|cookie|proxy-.*|te|upgrade|trailer|expect)$/i;

const upstreamSchema = z.strictObject({
  dialect: dialect.optional().describe('Needed for an upstream of your own.'),
  baseUrl: url.schema.optional().describe('Needed for an upstream of your own.'),
  cost: z.enum(['metered', 'plan', 'local', 'unknown']).optional().describe('How its requests are paid for.'),
  auth: z
    .strictObject({
      type: z.enum(['bearer', 'x-api-key', 'x-goog-api-key', 'command', 'none']),
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
        .optional()
        .describe('Variable that holds the credential.'),
      command: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe('With type "command": a program and its arguments, run without a shell. It prints a bearer token.'),
      ttlSeconds: z
        .int()
        .min(1)
        .max(86_400)
        .optional()
        .describe('How long the printed token is used; 300 by default. A rejected one is replaced at once.'),
    })
    .superRefine(({ type, env, command, ttlSeconds }, context) => {
      const issue = (message: string) => context.addIssue({ code: 'custom', message });
      if (type === 'command' && command === undefined) issue('type "command" needs "command": ["program", "argument"]');
      if (type === 'command' && env !== undefined) issue('type "command" takes no "env"');
      if (type !== 'command' && (command ?? ttlSeconds) !== undefined)
        issue('"command" and "ttlSeconds" need the type "command"');
    })
    .optional(),
  headers: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z0-9-]{1,64}$/)
        .refine((name) => !reservedHeaders.test(name), 'is a header that ccp sets itself'),
      z.string().regex(/^[\x20-\x7e]{1,2000}$/, 'must be printable ASCII'),
    )
    .optional()
    .describe('Headers of each request, beside those of ccp. They are no place for a credential.'),
  models: z.array(upstreamModelSchema).optional(),
  allowInsecure: z
    .boolean()
    .optional()
    .describe('Permits http:// to another machine: credential and prompts are then sent unencrypted.'),
});

export const upstreamsSchema = z
  .record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/), upstreamSchema)
  .superRefine((upstreams, context) => {
    for (const [name, { dialect: chosenDialect, baseUrl }] of Object.entries(upstreams)) {
      const builtInUpstream = definitions.find((definition) => definition.name === name);
      const issue = (message: string) => context.addIssue({ code: 'custom', path: [name], message });
      if (!builtInUpstream && (chosenDialect === undefined || baseUrl === undefined))
        issue(`needs "dialect" (${dialectNames.join(', ')}) and "baseUrl": ccp knows no upstream of this name`);
      const dialects = Object.keys(builtInUpstream?.baseUrls ?? {});
      if (builtInUpstream && baseUrl === undefined && chosenDialect !== undefined && !dialects.includes(chosenDialect))
        issue(`does not speak "${chosenDialect}"; it speaks ${dialects.join(' and ')}`);
    }
  })
  .describe('Upstreams of your own, and changes to the ones ccp knows.');

const scalars = Object.fromEntries(
  [...Object.entries(scalarSettings), ...upstreamSettings.map((row) => [row.key, row] as const)].map(([key, row]) => [
    key,
    row.schema.optional().describe(row.description),
  ]),
);

const profileSchema = z.strictObject({
  model: model.optional(),
  fastModel: model.optional(),
  effort: scalarSettings.effort.schema.optional(),
  layout: scalarSettings.layout.schema.optional(),
  budget: dollars.optional().describe('As budgets.sessionUsd.'),
  routes: routesSchema.optional(),
  fallback: fallbackSchema.optional(),
  directories: z
    .array(z.string().min(1).max(500))
    .optional()
    .describe('Globs of folders (~, *, **) in which the profile is used.'),
});

export const profilesSchema = z
  .record(z.string().regex(/^[A-Za-z0-9][\w.-]{0,31}$/), profileSchema)
  .describe('Named sets of settings: `ccp launch --profile NAME`, or by the folder.');

export const objectSchemas = {
  routes: routesSchema,
  fallback: fallbackSchema,
  budgets: budgetsSchema,
  fanOut: fanOutSchema,
  upstreams: upstreamsSchema,
  profiles: profilesSchema,
};

export type ObjectKey = keyof typeof objectSchemas;

export const objectKeys: readonly string[] = Object.keys(objectSchemas);

export const settingsSchema = z
  .strictObject({
    ...scalars,
    routes: routesSchema.optional(),
    fallback: fallbackSchema.optional(),
    budgets: budgetsSchema.optional(),
    fanOut: fanOutSchema.optional(),
    upstreams: upstreamsSchema.optional(),
    profiles: profilesSchema.optional(),
  })
  .describe('Settings of ccp.');

export type SettingsFile = z.infer<typeof settingsSchema>;
