/** The schema of a policy file. The published JSON Schema is generated from it. */
import semver from 'semver';
import { z } from 'zod';
import { requestClasses, routeClasses } from '../routing/classes.ts';
import { budgetsSchema } from './schema.ts';

const text = (max: number) => z.string().min(1).max(max);

const classNames: readonly string[] = [...new Set<string>([...routeClasses, ...requestClasses])];

const upstreamPattern = text(300).describe(
  'The name of an upstream that ccp knows, which stands for its own addresses, or an address with * in the host: https://*.example.com/v1.',
);

const attributeValues = z.array(text(100)).min(1);

const ruleSchema = z.strictObject({
  id: text(100).optional().describe('Named in refusals; without it, the position in the list.'),
  effect: z.enum(['allow', 'deny']),
  upstreams: z.array(upstreamPattern).min(1).optional(),
  models: z.array(text(200)).min(1).optional().describe('Ids or globs; with or without the upstream.'),
  attributes: z
    .strictObject({
      local: z.boolean().optional().describe('The address is on this machine.'),
      region: attributeValues.optional(),
      retention: attributeValues.optional(),
      trainsOnData: z.union([z.boolean(), z.literal('unknown')]).optional(),
    })
    .optional()
    .describe('Of the upstream, as far as ccp knows them. "unknown" matches what it does not know.'),
  repositories: z.array(text(500)).min(1).optional().describe('host/owner/name of the remote, or path globs.'),
  classes: z
    .array(z.string().refine((name) => classNames.includes(name), `must be one of ${classNames.join(', ')}`))
    .min(1)
    .optional()
    .describe('Classes of requests or routes, such as turn, subagent, compaction, main, fast.'),
  reason: text(500).optional(),
});

const { onLimit: _onLimit, switchTo: _switchTo, warnAtPercent: _warn, ...budgetLimits } = budgetsSchema.shape;

const egress = z.enum(['allow', 'say', 'deny']);
const days = z.int().min(1).max(36_500);
const range = text(100).refine((value) => semver.validRange(value) !== null, 'must be a range such as >=2.1.197 <3');

export const policySchema = z
  .strictObject({
    version: z.literal(1),
    rules: z
      .array(ruleSchema)
      .max(1_000)
      .optional()
      .describe('A denial wins. With at least one allow rule, a file allows only what one of them matches.'),
    requireUpstream: z
      .record(text(500), upstreamPattern)
      .optional()
      .describe('Repository (remote or path glob) to the only upstream it may use.'),
    budgets: z
      .strictObject({
        ...budgetLimits,
        onUnknownPrice: z.enum(['allow', 'ask', 'deny']).optional().describe('Models whose price is not known; allow.'),
      })
      .optional()
      .describe('Ceilings on metered cost that the user can lower and not raise.'),
    egress: z
      .strictObject({
        backgroundSessions: egress.optional(),
        cloudSessions: egress.optional(),
        remoteControl: egress.optional(),
        fastModeChecks: egress.optional(),
        webFetchChecks: egress.optional(),
      })
      .optional()
      .describe('What leaves beside the model requests: allowed, named on the screen, or denied.'),
    outboundSecrets: z
      .enum(['allow', 'ask', 'block'])
      .optional()
      .describe('Requests that contain the shape of a secret (API key, private key, token) and leave this machine.'),
    bodyLogging: z.enum(['allow', 'forbidden']).optional(),
    retentionDays: z
      .strictObject({ ledger: days.optional(), audit: days.optional(), logs: days.optional() })
      .optional()
      .describe('Older days are removed; of the ledger, sums without ids are kept.'),
    commitTrailer: z
      .union([
        z.literal(false),
        text(200).refine((value) => /^[A-Za-z][A-Za-z-]*: \S/.test(value), 'must look like Assisted-by: {model}'),
      ])
      .optional()
      .describe('The trailer of commits, with {model} and {upstream}; Assisted-by: Claude Code:{model}.'),
    telemetry: z
      .enum(['allow', 'forbidden', 'required'])
      .optional()
      .describe('required: ccp routes only when an OTLP endpoint is configured.'),
    minimumVersion: text(50)
      .refine((value) => semver.valid(value) !== null, 'must be a version such as 0.2.0')
      .optional()
      .describe('Of ccp.'),
    claudeCode: range.optional().describe('Range of versions of Claude Code.'),
    message: text(1_000).optional().describe('Words and a link for those who are refused.'),
    override: z
      .strictObject({
        rules: z.array(text(100)).min(1).optional().describe('Ids of this file; without it, every rule.'),
        maxMinutes: z.int().min(1).max(10_080).optional().describe('60.'),
      })
      .optional()
      .describe('Whether a user may lift a denial of this file for a while, with a written reason.'),
  })
  .describe('What a team allows. A lower file only narrows; a denial wins.');

export type PolicyDocument = z.infer<typeof policySchema>;
export type PolicyRule = z.infer<typeof ruleSchema>;
