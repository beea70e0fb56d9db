import { defineCommand } from '../command.ts';
import { jsonFlag } from '../flags.ts';

export const loginCommand = defineCommand<{
  readonly device: boolean;
  readonly apiKey: boolean;
  readonly consent: boolean;
}>({
  name: 'auth login',
  summary: 'with the browser, with a code, or with an API key from a hidden prompt or stdin',
  arguments: [
    {
      name: '[upstream]',
      description: 'codex, chatgpt, kimi, openai, anthropic, or any other; codex#work is a second login',
    },
  ],
  flags: [
    { flags: '--device', description: 'with a code that is entered on any device', default: false },
    { flags: '--api-key', description: 'with an API key, where the upstream has sign-in too (kimi)', default: false },
    { flags: '--consent', description: 'ask again for the use of the ChatGPT plan', default: false },
  ],
  example: 'ccp auth login codex',
  run: async ({ flags, args }, context) => {
    const { login } = await import('../auth/login.ts');
    return login(args[0], flags, context);
  },
});

export const authStatusCommand = defineCommand<{ readonly json: boolean }>({
  name: 'auth status',
  summary: 'account, plan, expiry, storage, quota; exit code 1 when there is none',
  arguments: [{ name: '[upstream]' }],
  flags: [jsonFlag],
  example: 'ccp auth status',
  run: async ({ flags, args }, context) => {
    const { authStatus } = await import('../auth/status.ts');
    return authStatus(args[0], flags.json, context);
  },
});

export const logoutCommand = defineCommand({
  name: 'auth logout',
  summary: 'revokes the login where the server can, and removes it here',
  arguments: [{ name: '[upstream]' }],
  example: 'ccp auth logout codex',
  run: async ({ args }, context) => {
    const { logout } = await import('../auth/logout.ts');
    return logout(args[0], context);
  },
});
