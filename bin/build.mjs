// Bundles ccp into dist/: ESM with splitting, so that each command loads only what it needs.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * Ink imports react-devtools-core only when DEV is set. The package is not installed, so it is replaced by an empty
 * module.
 */
const noDevtools = {
  name: 'no-devtools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'react-devtools-core', namespace: 'empty' }));
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {}' }));
  },
};

/** Ink renders only the last frame when it detects CI. ccp always gives it a screen, so detection is disabled. */
const neverInCi = {
  name: 'never-in-ci',
  setup(build) {
    build.onResolve({ filter: /^is-in-ci$/ }, () => ({ path: 'is-in-ci', namespace: 'never' }));
    build.onLoad({ filter: /.*/, namespace: 'never' }, () => ({ contents: 'export default false' }));
  },
};

const options = {
  absWorkingDir: root,
  entryPoints: {
    main: 'src/main.ts',
    'ui-worker': 'src/cli/ui-worker-entry.ts',
    'token-worker': 'src/platform/token-worker.ts',
    'keychain-helper': 'src/credentials/keychain-helper.ts',
    statusline: 'src/cli/statusline-entry.ts',
    'commit-hook': 'src/cli/commit-hook-entry.ts',
    'browser-helper': 'src/launch/browser-helper.ts',
  },
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  // Lower targets break xterm's requestMode when minified.
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  sourcemap: 'linked',
  legalComments: 'none',
  jsx: 'automatic',
  // The CommonJS build of jsonc-parser loads its parts with a dynamic require that bundlers cannot follow.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // Packages with native code are not bundled.
  external: ['@lydell/node-pty', 'keytar', 'node:sqlite'],
  define: {
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
    __CCP_VERSION__: JSON.stringify(version),
  },
  banner: { js: "import{createRequire as __ccpRequire}from'node:module';const require=__ccpRequire(import.meta.url);" },
  plugins: [noDevtools, neverInCi],
  metafile: true,
  logLevel: 'warning',
};

/** Writes the licences of all bundled packages to THIRD_PARTY.txt. */
function writeThirdParty(metafile) {
  const packages = new Set(
    Object.keys(metafile.inputs)
      .map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1])
      .filter(Boolean),
  );
  const parts = [...packages].sort().map((name) => {
    const folder = join(root, 'node_modules', name);
    const meta = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find(
      (entry) => /^licen[cs]e/i.test(entry) && statSync(join(folder, entry)).isFile(),
    );
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${meta.license}`;
    return `${name} ${meta.version} (${meta.license})\n\n${text}\n`;
  });
  writeFileSync(join(out, 'THIRD_PARTY.txt'), parts.join(`\n${'-'.repeat(72)}\n\n`));
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
if (process.argv.includes('--watch')) {
  const context = await esbuild.context({ ...options, logLevel: 'info' });
  await context.watch();
} else {
  const { metafile } = await esbuild.build(options);
  writeThirdParty(metafile);
  cpSync(join(root, 'src', 'schemas'), join(out, 'schemas'), { recursive: true });
}
