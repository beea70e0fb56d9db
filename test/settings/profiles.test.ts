import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors/user-error.ts';
import { chosenProfile, withProfile } from '../../src/settings/profiles.ts';
import { settingsSchema } from '../../src/settings/schema.ts';

const file = {
  model: 'gpt-5.5',
  effort: 'low',
  budgets: { dayUsd: 20 },
  profiles: {
    work: { model: 'kimi/k3', budget: 5, fallback: { main: ['gpt-5.5'] }, directories: ['~/work/**', '/srv/*/app'] },
    home: { effort: 'high', directories: ['~/work/mine', '~'] },
    plain: {},
  },
};
const choose = (folder: string, wanted?: string) => chosenProfile(file, { wanted, folder, home: '/home/u' });

describe('the profile', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['/home/u/work/x', 'work', 'the folder matches ~/work/**'],
    ['/home/u/work', 'home', 'the folder matches ~'],
    ['/srv/one/app', 'work', 'the folder matches /srv/*/app'],
    ['/srv/one/app/src/deep', 'work', 'the folder matches /srv/*/app'],
    ['/srv/one/two/app', undefined, undefined],
    ['/srv/one/application', undefined, undefined],
    ['/home/u', 'home', 'the folder matches ~'],
    ['/home/user2', undefined, undefined],
    ['/', undefined, undefined],
  ])('of the folder %s', (folder, name, why) => {
    expect(choose(folder)).toEqual(name === undefined ? undefined : { name, why });
  });

  it('is the one that was named, whatever the folder', () => {
    expect(choose('/home/u/work/x', 'plain')).toEqual({ name: 'plain', why: '--profile or CCP_PROFILE' });
    expect(choose('/home/u/work/x', '')).toMatchObject({ name: 'work' });
  });

  it('that does not exist is an error that names the others', () => {
    expect(() => choose('/', 'toString')).toThrow(
      new UserError('There is no profile "toString". There are: work, home, plain.', 2),
    );
    expect(() => chosenProfile({}, { wanted: 'x', folder: '/', home: '' })).toThrow('There are none in the settings.');
  });
});

describe('the settings with a profile', () => {
  it('are those of the file with its members over them', () => {
    expect(withProfile(file, 'work')).toEqual({
      ...file,
      model: 'kimi/k3',
      fallback: { main: ['gpt-5.5'] },
      budgets: { dayUsd: 20, sessionUsd: 5 },
    });
    expect(withProfile(file, 'home')).toEqual({ ...file, effort: 'high' });
  });

  it('are those of the file without one', () => {
    for (const name of [undefined, 'plain', 'none']) expect(withProfile(file, name)).toEqual(file);
  });
});

describe('the setting profiles', () => {
  it('accepts sets of settings, and nothing that chooses an upstream’s address or a credential', () => {
    expect(settingsSchema.safeParse(file).success).toBe(true);
    for (const profile of [
      { upstreams: {} },
      { port: 4100 },
      { directories: [''] },
      { budget: -1 },
      { effort: 'huge' },
    ])
      expect(settingsSchema.safeParse({ profiles: { x: profile } }).success, JSON.stringify(profile)).toBe(false);
    expect(settingsSchema.safeParse({ profiles: { 'a b': {} } }).success).toBe(false);
  });
});
