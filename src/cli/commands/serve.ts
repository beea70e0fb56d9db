import { defineCommand } from '../command.ts';
import { allowMeteredFlag, port } from '../flags.ts';

export const serveCommand = defineCommand<{
  readonly port?: number;
  readonly json: boolean;
  readonly allowMetered: boolean;
}>({
  name: 'serve',
  summary: 'the proxy alone, in the foreground',
  flags: [
    { flags: '--port <port>', description: 'port to listen on; 0 takes a free one', parse: port },
    { flags: '--json', description: 'print one JSON line with url and tokens once it listens', default: false },
    allowMeteredFlag,
  ],
  example: 'ccp serve --port 0 --json',
  run: async ({ flags }, context) => {
    if (context.env.CCP_SUPERVISED === '1' && process.connected) {
      const { serveSupervised } = await import('../supervised.ts');
      return serveSupervised(context);
    }
    const { serve } = await import('../serve.ts');
    return serve({ port: flags.port, json: flags.json, allowMetered: flags.allowMetered }, context);
  },
});
