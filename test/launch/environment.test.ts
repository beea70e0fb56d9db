import { describe, expect, it } from 'vitest';
import {
  backgroundEnvironment,
  backgroundSettings,
  claudeEnvironment,
  claudeVariables,
  type LaunchEnvironment,
  ownLoginSettings,
  removedVariables,
} from '../../src/launch/environment.ts';
import type { Target } from '../../src/models/find.ts';
import type { ModelRow } from '../../src/models/types.ts';
import { allUpstreams } from '../support/upstreams.ts';

const modelOf = (upstream: string, id: string, contextWindow: number, extra: Partial<ModelRow> = {}): Target => ({
  upstream,
  model: id,
  row: { upstream, id, contextWindow, maxOutputTokens: 32_000, efforts: [], ...extra },
});
const main = modelOf('codex', 'heron-1', 150_000);
const fast = modelOf('codex', 'wren-1', 120_000);

const launch = (extra: Partial<LaunchEnvironment> = {}): LaunchEnvironment => ({
  url: 'http://127.0.0.1:4100',
  secret: 'fake-secret',
  directory: { upstreams: allUpstreams() },
  main,
  fast,
  subagent: undefined,
  tiers: {},
  effort: undefined,
  ownLogin: false,
  deniesFastModeChecks: false,
  secretVariables: [],
  autoMode: false,
  toolSearch: undefined,
  ...extra,
});
const variables = (extra: Partial<LaunchEnvironment> = {}) => claudeVariables(launch(extra));
const windowed = (contextWindow: number) => variables({ main: modelOf('codex', 'heron-1', contextWindow) });

describe('the variables of a launch', () => {
  it('are exactly the expected ones', () => {
    expect(variables()).toEqual({
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:4100',
      ANTHROPIC_AUTH_TOKEN: 'fake-secret',
      ANTHROPIC_MODEL: 'heron-1',
      ANTHROPIC_DEFAULT_OPUS_MODEL: 'heron-1',
      ANTHROPIC_DEFAULT_OPUS_MODEL_NAME: 'heron-1 (ccp main)',
      ANTHROPIC_DEFAULT_SONNET_MODEL: 'heron-1',
      ANTHROPIC_DEFAULT_SONNET_MODEL_NAME: 'heron-1 (ccp main)',
      ANTHROPIC_DEFAULT_FABLE_MODEL: 'heron-1',
      ANTHROPIC_DEFAULT_FABLE_MODEL_NAME: 'heron-1 (ccp main)',
      ANTHROPIC_DEFAULT_HAIKU_MODEL: 'wren-1',
      ANTHROPIC_DEFAULT_HAIKU_MODEL_NAME: 'wren-1 (ccp fast)',
      ANTHROPIC_SMALL_FAST_MODEL: 'wren-1',
      ANTHROPIC_CUSTOM_MODEL_OPTION: 'heron-1',
      ANTHROPIC_CUSTOM_MODEL_OPTION_NAME: 'heron-1 (codex)',
      CLAUDE_CODE_MAX_CONTEXT_TOKENS: '150000',
      CLAUDE_CODE_AUTO_COMPACT_WINDOW: '150000',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: '1',
      CLAUDE_CODE_ATTRIBUTION_HEADER: '0',
      CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: '1',
      CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: '1',
      CLAUDE_ENABLE_STREAM_WATCHDOG: '0',
      CLAUDE_ENABLE_BYTE_WATCHDOG: '0',
      // Half an hour.
      CLAUDE_STREAM_IDLE_TIMEOUT_MS: '1800000',
      API_FORCE_IDLE_TIMEOUT: '0',
      API_TIMEOUT_MS: '1800000',
      CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1',
      CLAUDE_CODE_DISABLE_AGENT_VIEW: '1',
      CLAUDE_CODE_AUTO_MODE_SERVER: '0',
      ENABLE_TOOL_SEARCH: 'false',
    });
  });

  it('keep the user’s choice of tool search, and leave Anthropic’s own upstream its default', () => {
    const anthropic = modelOf('anthropic', 'claude-opus-5-5', 200_000);
    expect(variables({ toolSearch: 'auto' }).ENABLE_TOOL_SEARCH).toBe('auto');
    expect(variables({ main: anthropic })).not.toHaveProperty('ENABLE_TOOL_SEARCH');
    expect(variables({ main: anthropic, toolSearch: 'false' }).ENABLE_TOOL_SEARCH).toBe('false');
  });

  it('contain the model and name of a separate route for a tier', () => {
    const tiers = {
      haiku: modelOf('codex', 'tit-1', 100_000),
      opus: modelOf('codex', 'owl-1', 100_000),
      sonnet: modelOf('codex', 'lark-1', 100_000),
      fable: modelOf('codex', 'crane-1', 100_000),
    };
    expect(variables({ tiers })).toMatchObject({
      ANTHROPIC_MODEL: 'heron-1',
      ANTHROPIC_DEFAULT_OPUS_MODEL: 'owl-1',
      ANTHROPIC_DEFAULT_OPUS_MODEL_NAME: 'owl-1 (ccp opus)',
      ANTHROPIC_DEFAULT_SONNET_MODEL: 'lark-1',
      ANTHROPIC_DEFAULT_SONNET_MODEL_NAME: 'lark-1 (ccp sonnet)',
      ANTHROPIC_DEFAULT_FABLE_MODEL: 'crane-1',
      ANTHROPIC_DEFAULT_FABLE_MODEL_NAME: 'crane-1 (ccp fable)',
      ANTHROPIC_DEFAULT_HAIKU_MODEL: 'tit-1',
      ANTHROPIC_DEFAULT_HAIKU_MODEL_NAME: 'tit-1 (ccp haiku)',
      ANTHROPIC_SMALL_FAST_MODEL: 'wren-1',
    });
  });

  it('contain a subagent model, an effort, and auto mode only when they are set', () => {
    expect(variables()).not.toHaveProperty('CLAUDE_CODE_SUBAGENT_MODEL');
    expect(variables()).not.toHaveProperty('CLAUDE_CODE_EFFORT_LEVEL');
    // On its own login Claude Code can ask Anthropic, unless the user's route is another.
    expect(variables({ ownLogin: true })).not.toHaveProperty('CLAUDE_CODE_AUTO_MODE_SERVER');
    expect(variables({ ownLogin: true, autoMode: true })).toHaveProperty('CLAUDE_CODE_AUTO_MODE_SERVER');
    expect(variables({ subagent: fast, effort: 'high', autoMode: true })).toMatchObject({
      CLAUDE_CODE_SUBAGENT_MODEL: 'wren-1',
      CLAUDE_CODE_EFFORT_LEVEL: 'high',
      CLAUDE_CODE_AUTO_MODE_SERVER: '0',
    });
  });

  it('contain no token without a secret, or with the client’s own login', () => {
    expect(variables({ secret: undefined })).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN');
    const own = variables({ ownLogin: true });
    expect(own).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN');
    expect(own).not.toHaveProperty('CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST');
    expect(own.ANTHROPIC_BASE_URL).toBe('http://127.0.0.1:4100');
  });

  it('contain Anthropic model ids without a prefix, and other models in their typed form', () => {
    const prefixed = modelOf('openai', 'heron-1', 100_000, { prefixed: true });
    const claude = modelOf('anthropic', 'claude-heron-5', 200_000, { prefixed: true });
    expect(variables({ main: claude, fast: prefixed })).toMatchObject({
      ANTHROPIC_MODEL: 'claude-heron-5',
      ANTHROPIC_CUSTOM_MODEL_OPTION_NAME: 'anthropic/claude-heron-5 (anthropic)',
      ANTHROPIC_SMALL_FAST_MODEL: 'openai/heron-1',
    });
  });
});

describe('the window of the main model', () => {
  it.each([
    // window, id, context, compaction, output
    [1_000_000, 'heron-1[1m]', undefined, '1000000', undefined],
    [200_001, 'heron-1[1m]', undefined, '200001', undefined],
    [200_000, 'heron-1', '200000', '200000', undefined],
    [100_000, 'heron-1', '100000', '100000', undefined],
    [99_999, 'heron-1', '99999', undefined, undefined],
    [64_000, 'heron-1', '64000', undefined, undefined],
    [63_999, 'heron-1', '63999', undefined, '15999'],
    [8_192, 'heron-1', '8192', undefined, '2048'],
    [2_000, 'heron-1', '2000', undefined, '1024'],
  ])('of %d tokens is expressed in the client’s variables', (window, id, context, compaction, output) => {
    const found = windowed(window);
    expect(found.ANTHROPIC_MODEL).toBe(id);
    expect(found.ANTHROPIC_CUSTOM_MODEL_OPTION).toBe(id);
    expect(found.CLAUDE_CODE_MAX_CONTEXT_TOKENS).toBe(context);
    expect(found.CLAUDE_CODE_AUTO_COMPACT_WINDOW).toBe(compaction);
    expect(found.CLAUDE_CODE_MAX_OUTPUT_TOKENS).toBe(output);
  });
});

describe('the environment of Claude Code', () => {
  const environment = (env: Record<string, string | undefined>, extra: Partial<LaunchEnvironment> = {}) =>
    claudeEnvironment(env, launch(extra));

  it('is the user’s without credentials and other providers, overridden by ccp’s variables', () => {
    const found = environment(
      {
        HOME: '/home/me',
        LANG: 'de_CH.UTF-8',
        EMPTY: undefined,
        ANTHROPIC_API_KEY: 'fake-key',
        ANTHROPIC_AUTH_TOKEN: 'fake-other-token',
        ANTHROPIC_MODEL: 'other',
        CLAUDE_CODE_USE_BEDROCK: '1',
        CLAUDE_CODE_USE_VERTEX: '1',
        CLAUDE_CODE_USE_FOUNDRY: '1',
        CCP_SUPERVISED: '1',
        CCP_PROXY_TOKEN: 'fake',
        HERON_KEY: 'fake',
      },
      { secretVariables: ['HERON_KEY'] },
    );
    expect(found).toEqual({
      ...variables(),
      HOME: '/home/me',
      LANG: 'de_CH.UTF-8',
      NO_PROXY: '127.0.0.1,localhost,::1',
      no_proxy: '127.0.0.1,localhost,::1',
    });
    expect(found.ANTHROPIC_AUTH_TOKEN).toBe('fake-secret');
  });

  it('excludes loopback from a proxy in both spellings of NO_PROXY', () => {
    const wanted = 'example.org,127.0.0.1,localhost,::1';
    for (const env of [{ NO_PROXY: 'example.org' }, { no_proxy: 'example.org' }])
      expect(environment(env)).toMatchObject({ NO_PROXY: wanted, no_proxy: wanted });
    expect(environment({ NO_PROXY: 'first.example', no_proxy: 'second.example' }).no_proxy).toContain('first.example');
  });

  it('appends the secret to the user’s custom headers with the client’s own login', () => {
    const header = (own?: string, extra: Partial<LaunchEnvironment> = { ownLogin: true }) =>
      environment({ ANTHROPIC_CUSTOM_HEADERS: own }, extra).ANTHROPIC_CUSTOM_HEADERS;
    expect(header()).toBe('x-ccp-secret: fake-secret');
    expect(header('  ')).toBe('x-ccp-secret: fake-secret');
    expect(header('  x-team: birds\n')).toBe('x-team: birds\nx-ccp-secret: fake-secret');
    expect(header('x-team: birds', { ownLogin: true, secret: undefined })).toBe('x-team: birds');
    expect(header('x-team: birds', { ownLogin: false })).toBe('x-team: birds');
    expect(header(undefined, { ownLogin: false })).toBeUndefined();
  });
});

describe('the settings of a launch on the client’s own login', () => {
  it('clear other providers and set ccp’s values, and contain only Anthropic’s variables otherwise', () => {
    const { env, model } = ownLoginSettings(launch({ ownLogin: true, main: modelOf('codex', 'heron-1', 400_000) }));
    expect(model).toBe('heron-1[1m]');
    expect(env).toMatchObject({
      ANTHROPIC_API_KEY: '',
      ANTHROPIC_AUTH_TOKEN: '',
      CLAUDE_CODE_USE_BEDROCK: '',
      CLAUDE_CODE_USE_VERTEX: '',
      CLAUDE_CODE_USE_FOUNDRY: '',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:4100',
      ANTHROPIC_MODEL: 'heron-1[1m]',
      ANTHROPIC_SMALL_FAST_MODEL: 'wren-1',
    });
    const others = Object.keys(env).filter((name) => !name.startsWith('ANTHROPIC_'));
    expect(others.sort()).toEqual(removedVariables.filter((name) => !name.startsWith('ANTHROPIC_')).sort());
    expect(env.ANTHROPIC_UNIX_SOCKET).toBe('');
  });
});

describe('a background session', () => {
  it('gets every variable of a launch in its settings, except those that would end it', () => {
    const { env, model } = backgroundSettings({}, launch());
    const { CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: _host, CLAUDE_CODE_DISABLE_AGENT_VIEW: _view, ...kept } = variables();
    expect(env).toEqual({ ...Object.fromEntries(removedVariables.map((name) => [name, ''])), ...kept });
    expect(model).toBe(variables().ANTHROPIC_MODEL);
  });

  it('sends the secret in a header on Claude Code’s own login, beside the user’s own headers', () => {
    const { env } = backgroundSettings({ ANTHROPIC_CUSTOM_HEADERS: 'x-own: 1' }, launch({ ownLogin: true }));
    expect(env.ANTHROPIC_CUSTOM_HEADERS).toBe('x-own: 1\nx-ccp-secret: fake-secret');
    expect(env.ANTHROPIC_AUTH_TOKEN).toBe('');
  });

  it('is started without the address and the token of the launch, and without credentials', () => {
    const own = { HOME: '/home/u', ANTHROPIC_API_KEY: 'sk-fake', OPENAI_API_KEY: 'sk-fake', CCP_BACKGROUND: '1' };
    expect(backgroundEnvironment({ ...own, NO_PROXY: 'example.org' }, ['OPENAI_API_KEY'])).toEqual({
      HOME: '/home/u',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      NO_PROXY: 'example.org,127.0.0.1,localhost,::1',
      no_proxy: 'example.org,127.0.0.1,localhost,::1',
    });
  });
});
