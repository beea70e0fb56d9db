/** Effective settings: their precedence, their form and the errors of variables. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors/user-error.ts';
import { scalarSettings } from '../../src/settings/scalars.ts';
import { parseSetting, Settings, scalarKeys, scalarRow } from '../../src/settings/settings.ts';
import { upstreamSettings } from '../../src/settings/upstream-settings.ts';

const read = (key: string, env: Record<string, string | undefined> = {}, file: object = {}) =>
  new Settings(env, { ...file }).read(key);

function rowOf(key: string) {
  const row = scalarRow(key);
  if (!row) throw new Error(`no setting ${key}`);
  return row;
}

describe('the value of a setting', () => {
  it.each([
    ['the environment', { CCP_MODEL: 'env-1' }, { model: 'file-1' }, { value: 'env-1', from: 'environment' }],
    ['the file', {}, { model: 'file-1' }, { value: 'file-1', from: 'file' }],
    ['the file when the variable is empty', { CCP_MODEL: '' }, { model: 'file-1' }, { value: 'file-1', from: 'file' }],
    ['the default', { CCP_FAST_MODEL: 'env-1' }, { fastModel: 'x' }, { value: 'gpt-5.5', from: 'default' }],
    ['the default when the file has another type', {}, { model: ['x'] }, { value: 'gpt-5.5', from: 'default' }],
  ])('comes from %s', (_name, env, file, wanted) => {
    expect(read('model', env, file)).toStrictEqual(wanted);
  });

  it.each([
    ['port', { CCP_PORT: '0' }, {}, { value: 0, from: 'environment' }],
    ['port', {}, { port: 80 }, { value: 80, from: 'file' }],
    ['port', {}, {}, { value: 18_765, from: 'default' }],
    ['fastModel', {}, {}, { value: undefined, from: 'default' }],
    ['kimiBaseUrl', {}, {}, { value: 'https://api.kimi.com/coding', from: 'default' }],
    ['kimiDialect', { CCP_KIMI_DIALECT: 'chat' }, {}, { value: 'chat', from: 'environment' }],
    ['codexTransport', {}, { codexTransport: 'websocket' }, { value: 'websocket', from: 'file' }],
  ])('of %s with %j and %j is %j', (key, env, file, wanted) => {
    expect(read(key, env, file)).toStrictEqual(wanted);
  });

  it('is read as text or as a number', () => {
    const settings = new Settings({ CCP_PING_INTERVAL_MS: '500' }, { model: 'm', port: 80 });
    expect(settings.text('model')).toBe('m');
    expect(settings.text('fastModel')).toBeUndefined();
    expect(settings.text('port')).toBeUndefined();
    expect(settings.number('port')).toBe(80);
    expect(settings.number('pingIntervalMs')).toBe(500);
    expect(() => settings.number('model')).toThrow('model is not a number');
  });

  it('of the effort is one of the efforts, or undefined', () => {
    expect(new Settings({ CCP_EFFORT: 'xhigh' }, {}).effort).toBe('xhigh');
    expect(new Settings({}, { effort: 'low' }).effort).toBe('low');
    expect(new Settings({}, { effort: 'huge' }).effort).toBeUndefined();
    expect(new Settings({}, {}).effort).toBeUndefined();
  });

  it('exists only for known settings', () => {
    for (const key of ['', 'modle', 'constructor', 'toString', '__proto__', 'routes']) {
      expect(scalarRow(key)).toBeUndefined();
      expect(() => read(key)).toThrow(`there is no setting ${key}`);
    }
  });
});

describe('a variable with an invalid value', () => {
  it.each([
    ['port', 'CCP_PORT', 'many', 'be a whole number from 0 to 65535'],
    ['port', 'CCP_PORT', '65536', 'be a whole number from 0 to 65535'],
    ['port', 'CCP_PORT', '-1', 'be a whole number from 0 to 65535'],
    ['port', 'CCP_PORT', '80 ', 'be a whole number from 0 to 65535'],
    ['port', 'CCP_PORT', '8e1', 'be a whole number from 0 to 65535'],
    ['upstreamIdleTimeoutMs', 'CCP_UPSTREAM_IDLE_TIMEOUT_MS', '99', 'be a whole number from 100 to 86400000'],
    ['effort', 'CCP_EFFORT', 'huge', 'be one of none, low, medium, high, xhigh, max'],
    ['mouse', 'CCP_MOUSE', 'off', 'be one of auto, on'],
    ['prefix', 'CCP_PREFIX', 'ctrl+c', 'look like ctrl+g'],
    ['kimiBaseUrl', 'CCP_KIMI_BASE_URL', 'kimi.example', 'look like http://127.0.0.1:4000'],
    ['kimiDialect', 'CCP_KIMI_DIALECT', 'gemini', 'be one of messages, chat'],
    ['codexTransport', 'CCP_CODEX_TRANSPORT', 'in-process', 'be one of http, websocket'],
  ])('of %s is an error that names %s=%j and what it must be', (key, variable, value, expects) => {
    const thrown = errorOf(() => read(key, { [variable]: value }, { [key]: 'a value in the file does not help' }));
    expect(thrown.message).toBe(`The variable ${variable} must ${expects}, not "${value}".`);
    expect(thrown.exitCode).toBe(2);
  });

  it('is reported with the subject that the caller names', () => {
    expect(errorOf(() => parseSetting('', rowOf('model'), 'The setting model')).message).toBe(
      'The setting model must be text, not "".',
    );
  });
});

function errorOf(run: () => unknown): UserError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof UserError) return thrown;
    throw thrown;
  }
  throw new Error('there was no error');
}

describe('the text of a setting', () => {
  it.each([
    ['port', '0', 0],
    ['port', '65535', 65_535],
    ['upstreamIdleTimeoutMs', '86400000', 86_400_000],
    ['upstreamIdleTimeoutMs', '000000100', 100],
    ['model', '55', '55'],
    ['fastModel', 'kimi/k3', 'kimi/k3'],
    ['codexBaseUrl', 'https://host.example/a', 'https://host.example/a'],
  ])('of %s, %j, is %j', (key, text, wanted) => {
    expect(parseSetting(text, rowOf(key), 'The setting')).toBe(wanted);
  });
});

describe('the prefix key', () => {
  const isValid = (key: string) => rowOf('prefix').schema.safeParse(key).success;

  it.each(['ctrl+a', 'ctrl+b', 'ctrl+g', 'ctrl+h', 'ctrl+k', 'ctrl+y', 'ctrl+\\', 'ctrl+]', 'ctrl+^', 'ctrl+_'])(
    'may be %s',
    (key) => {
      expect(isValid(key)).toBe(true);
    },
  );

  it.each([
    'ctrl+c',
    'ctrl+i',
    'ctrl+j',
    'ctrl+m',
    'ctrl+z',
    'ctrl+[',
    'ctrl+G',
    'ctrl+1',
    'ctrl+ab',
    'alt+g',
    'g',
    '',
  ])('may not be %j', (key) => {
    expect(isValid(key)).toBe(false);
  });
});

describe('an address in the settings', () => {
  const isValid = (url: string) => rowOf('openaiBaseUrl').schema.safeParse(url).success;

  it('begins with http:// or https:// and contains no spaces', () => {
    for (const url of ['http://127.0.0.1:4000', 'https://host.example/a/b?c', 'http://[::1]:9'])
      expect(isValid(url), url).toBe(true);
    for (const url of [
      'host.example',
      'ftp://host.example',
      'https://',
      'https://a b',
      ' http://a',
      'http://a\n',
      'x http://a',
    ])
      expect(isValid(url), url).toBe(false);
  });
});

describe('the scalar settings', () => {
  const rows = scalarKeys.map((key) => [key, rowOf(key)] as const);

  it('have different keys and different variables', () => {
    expect(new Set(scalarKeys).size).toBe(Object.keys(scalarSettings).length + upstreamSettings.length);
    expect(new Set(rows.map(([, { variable }]) => variable)).size).toBe(scalarKeys.length);
  });

  it.each(rows)('%s has a variable of ccp, a description and a default that its own schema accepts', (_key, row) => {
    expect(row.variable).toMatch(/^CCP_[A-Z_]+$/);
    expect(row.description).toMatch(/\S\.$/);
    expect(row.expects).toMatch(/^(?:be|look like) /);
    if (row.default !== undefined) expect(row.schema.safeParse(row.default).success).toBe(true);
  });

  it('of upstreams are those that their definitions name', () => {
    expect(upstreamSettings.map(({ key, variable }) => `${key} ${variable}`)).toEqual([
      'codexBaseUrl CCP_CODEX_BASE_URL',
      'codexAuthUrl CCP_CODEX_AUTH_URL',
      'codexTransport CCP_CODEX_TRANSPORT',
      'chatgptBaseUrl CCP_CHATGPT_BASE_URL',
      'chatgptAuthUrl CCP_CHATGPT_AUTH_URL',
      'openaiBaseUrl CCP_OPENAI_BASE_URL',
      'anthropicBaseUrl CCP_ANTHROPIC_BASE_URL',
      'kimiBaseUrl CCP_KIMI_BASE_URL',
      'kimiDialect CCP_KIMI_DIALECT',
      'kimiAuthUrl CCP_KIMI_AUTH_URL',
    ]);
  });
});

describe('the settings of one upstream', () => {
  const settings = new Settings(
    { CCP_CODEX_BASE_URL: 'https://env.example' },
    { codexBaseUrl: 'https://file.example', codexTransport: 'websocket', kimiDialect: 'chat' },
  );

  it.each([
    ['codex', 'baseUrl', { value: 'https://env.example', from: 'environment' }],
    ['codex', 'transport', { value: 'websocket', from: 'file' }],
    ['kimi', 'dialect', { value: 'chat', from: 'file' }],
    ['codex', 'authUrl', undefined],
    ['openai', 'baseUrl', undefined],
    ['ollama', 'baseUrl', undefined],
    ['anthropic', 'dialect', undefined],
  ] as const)('of %s: its %s is %j', (upstream, setting, wanted) => {
    expect(settings.ofUpstream(upstream, setting)).toStrictEqual(wanted);
  });
});

describe('settings that are objects', () => {
  it('are read from the file only', () => {
    const file = { upstreams: { gate: { dialect: 'chat' } }, budgets: { dayUsd: 5 }, fallback: { main: ['m'] } };
    const settings = new Settings({}, file);
    expect(settings.upstreams).toEqual(file.upstreams);
    expect(settings.budgets).toEqual(file.budgets);
    expect(settings.object('fallback')).toEqual(file.fallback);
    expect(new Settings({}, {}).upstreams).toEqual({});
    expect(new Settings({}, {}).budgets).toBeUndefined();
  });

  it('of routes name their model, their effort and where they come from', () => {
    const routes = {
      main: 'gpt-5.5',
      fast: { model: 'kimi/k3', effort: 'low' },
      title: { model: 'gpt-6-luna' },
      opus: { model: 'gpt-6-sol', effort: 'huge' },
    };
    expect(new Settings({}, { routes }).routes).toStrictEqual({
      main: { model: 'gpt-5.5', effort: undefined, from: 'The setting routes.main' },
      fast: { model: 'kimi/k3', effort: 'low', from: 'The setting routes.fast' },
      title: { model: 'gpt-6-luna', effort: undefined, from: 'The setting routes.title' },
      opus: { model: 'gpt-6-sol', effort: undefined, from: 'The setting routes.opus' },
    });
    expect(new Settings({}, { routes: { main: 5, fast: { effort: 'low' }, nowhere: 'm' } }).routes).toEqual({});
    expect(new Settings({}, {}).routes).toEqual({});
  });
});
