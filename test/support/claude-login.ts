/** A fake login of Claude Code itself, where it stores its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownLoginUser } from './denying-proxy.ts';
import type { Home } from './home.ts';

export function storeClaudeLogin({ home, env }: Home, accessToken: string): void {
  if (env.HTTPS_PROXY) env.HTTPS_PROXY = env.HTTPS_PROXY.replace('://', `://${ownLoginUser}@`);
  mkdirSync(join(home, '.claude'), { recursive: true });
  writeFileSync(
    join(home, '.claude', '.credentials.json'),
    JSON.stringify({
      claudeAiOauth: {
        accessToken,
        refreshToken: 'fake-refresh-of-no-value',
        expiresAt: Date.now() + 8 * 3_600_000,
        scopes: ['user:inference', 'user:profile'],
        subscriptionType: 'max',
      },
    }),
  );
}
