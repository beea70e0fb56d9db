// The lockfile must install on every platform: all optional packages listed, no download URL, no install script.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @returns the faults in the lockfile and the manifest at `root`, one line each, and the number of packages. */
export function checkLockfile(root) {
  const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const { packages } = read('package-lock.json');
  const manifest = read('package.json');
  const faults = [];

  for (const [path, entry] of Object.entries(packages)) {
    if (entry.resolved) faults.push(`${path}: has a download address`);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
      if (!places.some((place) => packages[place]))
        faults.push(`${path}: optional package ${name} is not in the lockfile`);
    }
  }
  for (const group of ['dependencies', 'devDependencies', 'optionalDependencies'])
    for (const [name, range] of Object.entries(manifest[group] ?? {}))
      if (!/^(?:npm:@?[\w./-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(range))
        faults.push(`${name}: ${range} is not an exact version`);
  for (const name of Object.keys(manifest.dependencies ?? {}))
    if (packages[`node_modules/${name}`]?.hasInstallScript) faults.push(`${name}: needs an install script`);
  if (!readFileSync(join(root, '.npmrc'), 'utf8').includes('omit-lockfile-registry-resolved=true'))
    faults.push('.npmrc: omit-lockfile-registry-resolved is missing');
  return { faults, packages: Object.keys(packages).length };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { faults, packages } = checkLockfile(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));
  if (faults.length > 0) {
    process.stderr.write(`${faults.join('\n')}\n${faults.length} faults in the lockfile\n`);
    process.exit(1);
  }
  process.stdout.write(`lockfile: ${packages} packages, complete and without addresses\n`);
}
