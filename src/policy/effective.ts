/** The values of a policy that are no rules: each from the file that narrows most. */
import type { LayerKind, Policy, PolicyDocument, PolicyLayer } from './policy.ts';

/** A value and the file that set it. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly path: string;
}

export type EgressName = keyof NonNullable<PolicyDocument['egress']>;
export type EgressEffect = 'allow' | 'say' | 'deny';
export type BudgetLimitName = 'sessionUsd' | 'dayUsd' | 'weekUsd' | 'monthUsd';

export interface EffectivePolicy {
  readonly budgets: Readonly<Partial<Record<BudgetLimitName, Sourced<number>>>>;
  /** By the pattern of the repository. */
  readonly repositoryBudgets: Readonly<Record<string, Sourced<number>>>;
  readonly onUnknownPrice: Sourced<'allow' | 'ask' | 'deny'> | undefined;
  readonly egress: Readonly<Partial<Record<EgressName, Sourced<EgressEffect>>>>;
  readonly outboundSecrets: Sourced<'allow' | 'ask' | 'block'> | undefined;
  readonly bodyLogging: Sourced<'allow' | 'forbidden'> | undefined;
  readonly retentionDays: Readonly<Partial<Record<'ledger' | 'audit' | 'logs', Sourced<number>>>>;
  readonly commitTrailer: Sourced<string | false> | undefined;
  readonly telemetry: Sourced<'allow' | 'forbidden' | 'required'> | undefined;
  readonly minimumVersions: readonly Sourced<string>[];
  readonly claudeCode: readonly Sourced<string>[];
  readonly message: Sourced<string> | undefined;
}

export const egressNames: readonly EgressName[] = [
  'backgroundSessions',
  'cloudSessions',
  'remoteControl',
  'fastModeChecks',
  'webFetchChecks',
];
const budgetLimitNames: readonly BudgetLimitName[] = ['sessionUsd', 'dayUsd', 'weekUsd', 'monthUsd'];
const retentionNames = ['ledger', 'audit', 'logs'] as const;

export function effectivePolicy({ layers }: Pick<Policy, 'layers'>): EffectivePolicy {
  const valuesOf = <Value>(read: (document: PolicyDocument) => Value | undefined): Sourced<Value>[] =>
    layers.flatMap(({ path, document }) => {
      const value = read(document);
      return value === undefined ? [] : [{ value, path }];
    });
  const lowest = (read: (document: PolicyDocument) => number | undefined) =>
    valuesOf(read).reduce<Sourced<number> | undefined>(
      (a, b) => (a === undefined || b.value < a.value ? b : a),
      undefined,
    );
  /** The value that comes last in the order of strictness; of equal ones that of the strongest file. */
  const strictest = <Value>(order: readonly Value[], read: (document: PolicyDocument) => Value | undefined) =>
    valuesOf(read).reduce<Sourced<Value> | undefined>(
      (a, b) => (a === undefined || order.indexOf(b.value) > order.indexOf(a.value) ? b : a),
      undefined,
    );
  const byName = <Name extends string, Value>(
    names: readonly Name[],
    read: (name: Name) => Sourced<Value> | undefined,
  ): Record<string, Sourced<Value>> =>
    Object.fromEntries(
      names.flatMap((name): [string, Sourced<Value>][] => {
        const found = read(name);
        return found ? [[name, found]] : [];
      }),
    );
  const repositories = [
    ...new Set(layers.flatMap(({ document }) => Object.keys(document.budgets?.repositories ?? {}))),
  ];
  return {
    budgets: byName(budgetLimitNames, (name) => lowest(({ budgets }) => budgets?.[name])),
    repositoryBudgets: byName(repositories, (name) => lowest(({ budgets }) => budgets?.repositories?.[name])),
    onUnknownPrice: strictest(['allow', 'ask', 'deny'], ({ budgets }) => budgets?.onUnknownPrice),
    egress: byName(egressNames, (name) => strictest(['allow', 'say', 'deny'], ({ egress }) => egress?.[name])),
    outboundSecrets: strictest(['allow', 'ask', 'block'], (document) => document.outboundSecrets),
    bodyLogging: strictest(['allow', 'forbidden'], (document) => document.bodyLogging),
    retentionDays: byName(retentionNames, (name) => lowest(({ retentionDays }) => retentionDays?.[name])),
    commitTrailer: valuesOf(({ commitTrailer }) => commitTrailer)[0],
    telemetry: telemetryOf(layers),
    minimumVersions: valuesOf(({ minimumVersion }) => minimumVersion),
    claudeCode: valuesOf(({ claudeCode }) => claudeCode),
    message: valuesOf(({ message }) => message)[0],
  };
}

/** Only those who manage the machine can require telemetry: a repository must not choose where data goes. */
const mayRequire: readonly LayerKind[] = ['system', 'managed'];

function telemetryOf(layers: readonly PolicyLayer[]): EffectivePolicy['telemetry'] {
  const values = layers.flatMap(({ kind, path, document: { telemetry } }) =>
    telemetry === undefined || (telemetry === 'required' && !mayRequire.includes(kind))
      ? []
      : [{ value: telemetry, path }],
  );
  return (
    values.find(({ value }) => value === 'forbidden') ?? values.find(({ value }) => value === 'required') ?? values[0]
  );
}
