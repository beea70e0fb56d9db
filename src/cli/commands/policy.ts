import { type AnyCommand, defineCommand } from '../command.ts';
import { jsonFlag, minutes } from '../flags.ts';
import type { ExplainFlags } from '../policy-explain.ts';
import type { OverrideFlags } from '../policy-override.ts';

export const policyCommands: readonly AnyCommand[] = [
  defineCommand<{ readonly json: boolean }>({
    name: 'policy show',
    summary: 'what is in force, each line with its file',
    flags: [jsonFlag],
    example: 'ccp policy show',
    run: async ({ flags }, context) => {
      const { showPolicy } = await import('../policy-show.ts');
      return showPolicy(flags.json, context);
    },
  }),
  defineCommand<{ readonly head: string | undefined }>({
    name: 'policy check',
    summary: 'faults of the files, who may write them, and the chain of the audit log',
    flags: [{ flags: '--head <hash>', description: 'a hash of the audit log that was exported earlier' }],
    example: 'ccp policy check',
    run: async ({ flags }, context) => {
      const { checkPolicy } = await import('../policy-check.ts');
      return checkPolicy(flags.head, context);
    },
  }),
  defineCommand<ExplainFlags>({
    name: 'policy explain',
    summary: 'why a model is allowed or denied, and what would allow it',
    arguments: [{ name: '<model>', description: 'a catalogue id, or UPSTREAM/MODEL' }],
    flags: [
      { flags: '--repo <path>', description: 'another folder than this one' },
      { flags: '--class <class>', description: 'main, fast, subagent, compaction, …' },
      jsonFlag,
    ],
    example: 'ccp policy explain openai/gpt-5.5 --class subagent',
    run: async ({ flags, args: [model = ''] }, context) => {
      const { explain } = await import('../policy-explain.ts');
      return explain(model, flags, context);
    },
  }),
  defineCommand<{ readonly json: boolean }>({
    name: 'policy test',
    summary: 'compare decisions with the cases of a file; exit code 1 on a difference',
    arguments: [{ name: '<file>', description: 'JSON: {"cases":[{"model","repo","class","expect","rule"}]}' }],
    flags: [jsonFlag],
    example: 'ccp policy test policy-cases.json',
    run: async ({ flags, args: [file = ''] }, context) => {
      const { testPolicy } = await import('../policy-test.ts');
      return testPolicy(file, flags.json, context);
    },
  }),
  defineCommand<OverrideFlags>({
    name: 'policy override',
    summary: 'lift a denial for a while, where its file permits that',
    arguments: [{ name: '<rule>', description: 'as the refusal names it' }],
    flags: [
      { flags: '--minutes <n>', description: 'for how long', parse: minutes },
      { flags: '--reason <text>', description: 'why; it is written to the audit log' },
    ],
    example: "ccp policy override no-openai --minutes 30 --reason 'outage of the gateway'",
    run: async ({ flags, args: [rule = ''] }, context) => {
      const { overridePolicy } = await import('../policy-override.ts');
      return overridePolicy(rule, flags, context);
    },
  }),
];
