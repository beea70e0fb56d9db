/** Profiles: named sets of settings, chosen by flag, by variable or by the folder. */
import { UserError } from '../errors/user-error.ts';
import { asArray, asNumber, asObject, asString, isObject, type JsonObject, ownValue } from '../wire/json.ts';

export interface ChosenProfile {
  readonly name: string;
  /** Why it was chosen, as a phrase: `--profile`, `the folder matches ~/work/**`. */
  readonly why: string;
}

/** The variable that names a profile. `--profile` sets it, so that the proxy of a launch uses the same one. */
export const profileVariable = 'CCP_PROFILE';

/** @throws UserError when the variable names an unknown profile. */
export function chosenProfile(
  file: JsonObject,
  { wanted, folder, home }: { wanted: string | undefined; folder: string; home: string },
): ChosenProfile | undefined {
  const profiles = asObject(file.profiles);
  if (wanted) {
    if (isObject(ownValue(profiles, wanted))) return { name: wanted, why: `--profile or ${profileVariable}` };
    const names = Object.keys(profiles).join(', ');
    const known = names === '' ? 'There are none in the settings' : `There are: ${names}`;
    throw new UserError(`There is no profile "${wanted.slice(0, 60)}". ${known}.`, 2);
  }
  for (const [name, profile] of Object.entries(profiles))
    for (const directory of asArray(asObject(profile).directories)) {
      const glob = asString(directory);
      if (glob !== undefined && isWithin(folder, glob.replace(/^~(?=\/|$)/, home)))
        return { name, why: `the folder matches ${glob}` };
    }
  return undefined;
}

/** The settings with the profile's members over them. Variables and flags take precedence over both. */
export function withProfile(file: JsonObject, name: string | undefined): JsonObject {
  const {
    directories: _directories,
    budget,
    ...members
  } = asObject(name === undefined ? undefined : ownValue(asObject(file.profiles), name));
  const sessionUsd = asNumber(budget);
  const budgets = sessionUsd === undefined ? {} : { budgets: { ...asObject(file.budgets), sessionUsd } };
  return { ...file, ...members, ...budgets };
}

/** Whether a folder, or one that contains it, matches the glob: `*` within a name, `**` across names. */
function isWithin(folder: string, glob: string): boolean {
  const pattern = [...glob.matchAll(/\*\*|\*|[^*]+/g)]
    .map(([part]) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${pattern.replace(/\/$/, '')}(?:/.*)?$`).test(folder);
}
