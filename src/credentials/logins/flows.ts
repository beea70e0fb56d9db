/** The sign-in flows by name; the registry's `login.flow` names one. */
import { chatgptLogin } from './chatgpt.ts';
import { codexLogin } from './codex.ts';
import { kimiLogin } from './kimi.ts';
import type { LoginProfile } from './profile.ts';

export const loginFlows: Readonly<Record<string, LoginProfile>> = {
  codex: codexLogin,
  chatgpt: chatgptLogin,
  kimi: kimiLogin,
};
