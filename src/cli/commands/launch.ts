import type { AppContext } from '../../app/context.ts';
import { startLine } from '../../terminal/start-line.ts';
import { defineCommand } from '../command.ts';
import { allowMeteredFlag, dollars, layoutFlag, port } from '../flags.ts';
import { noScreenHint, opensScreen } from '../opens-screen.ts';
import { restoreQuitKey } from '../pass-signals.ts';

interface Flags {
  readonly model?: string;
  readonly fastModel?: string;
  readonly effort?: string;
  readonly profile?: string;
  readonly layout?: string;
  readonly port?: number;
  readonly budget?: number;
  readonly receipt?: string;
  readonly allowMetered: boolean;
  readonly demo: boolean;
}

export const launchCommand = defineCommand<Flags>({
  name: 'launch',
  summary: 'start the proxy, then Claude Code; what follows -- goes to claude untouched',
  usage: '[options] [-- ARGS]',
  flags: [
    { flags: '--model <model>', description: 'main model: a catalogue id or UPSTREAM/MODEL' },
    { flags: '--fast-model <model>', description: 'model for titles and other small requests' },
    { flags: '--profile <name>', description: 'profile of the settings; otherwise the one of the folder' },
    { flags: '--effort <effort>', description: 'none, low, medium, high, xhigh or max' },
    layoutFlag,
    { flags: '--port <port>', description: 'port of the proxy; a busy one is an error', parse: port },
    {
      flags: '--budget <usd>',
      description: 'dollars that API keys may pay in this session: warns at 80 %, then asks',
      parse: dollars,
    },
    { flags: '--receipt <file>', description: 'write the receipt of the session there, as JSON' },
    allowMeteredFlag,
    { flags: '--demo', description: 'use the built-in demo upstream; needs no account', default: false },
  ],
  example: 'ccp launch --model gpt-5.5 -- -c',
  hasScreen: true,
  run: async ({ flags, rest }, runContext) => {
    const context = flags.profile === undefined ? runContext : runContext.withProfile(flags.profile);
    if (context.env.CCP_BACKGROUND === '1' && process.connected) {
      const { keepInBackground } = await import('../launch-background.ts');
      return keepInBackground(context);
    }
    const onScreen = opensScreen(rest, context.env);
    if (onScreen) startLine.show(`ccp · ${startedModel(flags, context)} · starting …`);
    else restoreQuitKey();
    const hint = noScreenHint(rest, context.env);
    if (hint !== undefined) process.stderr.write(`ccp: ${hint}\n`);
    const { launch } = await import('../launch.ts');
    return launch(
      {
        profile: flags.profile,
        model: flags.model,
        fastModel: flags.fastModel,
        effort: flags.effort,
        layout: flags.layout,
        port: flags.port,
        demo: flags.demo,
        budgetUsd: flags.budget,
        receipt: flags.receipt,
        allowMetered: flags.allowMetered,
      },
      rest,
      context,
      onScreen,
    ).finally(() => startLine.clear());
  },
});

/** The model as the user named it; it is looked up later. An invalid settings file is reported later too. */
function startedModel({ demo, model }: Flags, context: AppContext): string {
  if (demo) return 'demo';
  return model ?? (context.settingsProblem === undefined ? context.settings.text('model') : undefined) ?? '';
}
