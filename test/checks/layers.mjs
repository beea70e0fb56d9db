// Checks the layers of ARCHITECTURE.md: imports point down, restricted packages stay in their folder, no cycles.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const layers = {
  wire: 0,
  ports: 0,
  errors: 0,
  schemas: 0,
  translate: 1,
  sse: 1,
  models: 1,
  upstreams: 1,
  routing: 1,
  policy: 1,
  ledger: 1,
  session: 1,
  settings: 1,
  upstream: 2,
  credentials: 2,
  terminal: 2,
  platform: 2,
  storage: 2,
  telemetry: 2,
  proxy: 3,
  launch: 3,
  components: 4,
  app: 5,
  cli: 5,
  main: 5,
};
/** `drill` may import layers 0 and 1. Only the composition root imports it. */
const drillMaxLayer = 1;
const pure = new Set([
  'settings',
  'translate',
  'upstreams',
  'sse',
  'models',
  'routing',
  'policy',
  'ledger',
  'session',
  'wire',
  'ports',
  'errors',
]);
const packageFolders = {
  fastify: ['proxy'],
  ink: ['components'],
  react: ['components'],
  '@lydell/node-pty': ['terminal'],
  '@xterm/headless': ['terminal'],
  '@xterm/addon-unicode11': ['terminal'],
  keytar: ['credentials'],
  undici: ['upstream'],
  ws: ['upstream'],
  conf: ['storage'],
  execa: ['launch'],
  open: ['launch'],
  oauth4webapi: ['credentials'],
  commander: ['cli'],
  zod: ['settings'],
  semver: ['settings', 'app'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/api-logs': ['telemetry'],
  '@opentelemetry/core': ['telemetry'],
  '@opentelemetry/resources': ['telemetry'],
  '@opentelemetry/sdk-logs': ['telemetry'],
  '@opentelemetry/sdk-metrics': ['telemetry'],
  '@opentelemetry/sdk-trace-base': ['telemetry'],
  'jsonc-parser': ['storage'],
  'string-width': ['session', 'components', 'cli'],
  'cli-truncate': ['session', 'components', 'cli'],
  'wrap-ansi': ['session', 'components', 'cli'],
};
/** Pure code has no clock, randomness, environment or I/O. */
const impure = [
  /\bDate\.now\(/,
  /\bnew Date\(\)/,
  /\bMath\.random\(/,
  /\bperformance\.now\(/,
  /\bsetTimeout\(/,
  /\bsetInterval\(/,
  /\bprocess\./,
  /\bfetch\(/,
];
const componentImports = ['session', 'components'];

/** @returns the faults in the source tree at `root`, one line each, and the number of files that were read. */
export function checkLayers(root) {
  function* sources(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) yield* sources(path);
      else if (/\.tsx?$/.test(entry.name)) yield path;
    }
  }

  const folderOf = (path) => {
    const parts = relative(root, path).split('/');
    if (parts[0] === 'components') return 'components';
    return parts[1] === 'main.ts' ? 'main' : parts[1];
  };

  const dialectRoot = join(root, 'src/translate/dialects');
  const dialectNames = existsSync(dialectRoot) ? readdirSync(dialectRoot) : [];
  const dialectOf = (path) => {
    const folder = /^src\/translate\/dialects\/([^/]+)\//.exec(path)?.[1];
    return dialectNames.includes(folder) ? folder : undefined;
  };
  /** Files that every dialect must contain. */
  const dialectFiles = [
    'content',
    'dialect',
    'history',
    'optional-fields',
    'output',
    'profile',
    'request',
    'stream',
    'usage',
  ];

  /** Inside `translate`, an entry may import only itself and earlier entries. */
  const translateOrder = ['the interface', 'anthropic', 'a dialect', 'the table'];
  function translatePosition(path) {
    const inside = /^src\/translate\/(.+)$/.exec(path)?.[1];
    if (inside === undefined) return undefined;
    if (inside.startsWith('anthropic/')) return 1;
    if (inside.startsWith('dialects/')) return 2;
    // Other files, including those of `failures`, belong to the interface.
    return ['dialects.ts', 'translate.ts'].includes(inside) ? 3 : 0;
  }

  /** Paths that may compare with upstream names. The names are read from the definitions of the registry. */
  const pathsWithUpstreamNames = ['src/upstreams/', 'src/models/catalogue.ts'];
  const comparedName = /(?:[!=]==?\s*|\bcase\s+|\.includes\(\s*|\.startsWith\(\s*)'([a-z0-9-]+)'/g;
  const definitionsRoot = join(root, 'src/upstreams/definitions');
  const upstreamNames = new Set(
    (existsSync(definitionsRoot) ? [...sources(definitionsRoot)] : []).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/(?:^|\s)name: '([a-z0-9-]+)'|= local\('([a-z0-9-]+)'/g)].map(
        ([, name, local]) => name ?? local,
      ),
    ),
  );

  const faults = [];
  const graph = new Map();

  for (const file of [...sources(join(root, 'src')), ...sources(join(root, 'components'))]) {
    const name = relative(root, file);
    const text = readFileSync(file, 'utf8');
    const sourceFolder = folderOf(file);
    const level = sourceFolder === 'drill' ? drillMaxLayer : layers[sourceFolder];
    if (level === undefined) faults.push(`${name}: the folder "${sourceFolder}" has no layer`);
    const targets = [];
    for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      if (!specifier.startsWith('.')) {
        checkPackage(name, sourceFolder, specifier);
        continue;
      }
      const target = resolve(dirname(file), specifier);
      const targetFolder = folderOf(target);
      if (/\.tsx?$/.test(target)) targets.push(relative(root, target));
      if (targetFolder === sourceFolder) checkDialects(name, specifier, target);
      else if (targetFolder === 'drill') {
        if (sourceFolder !== 'app') faults.push(`${name}: only app may use drill`);
      } else if (sourceFolder === 'components' && !componentImports.includes(targetFolder))
        faults.push(`${name}: components may import session only, not ${targetFolder}`);
      else if (sourceFolder === 'drill' ? layers[targetFolder] > drillMaxLayer : layers[targetFolder] > level)
        faults.push(`${name}: layer ${level} imports ${targetFolder} (layer ${layers[targetFolder]})`);
    }
    graph.set(name, targets);
    checkNames(name, text);
    if (pure.has(sourceFolder)) {
      // Parsing a time value is pure. Reading the current time is not.
      for (const pattern of impure)
        if (pattern.test(withoutComments(text)))
          faults.push(`${name}: pure code uses ${pattern.source.replaceAll('\\b', '').replaceAll('\\', '')}`);
    }
    if (/\bprocess\.env\b/.test(withoutComments(text)) && sourceFolder !== 'platform' && sourceFolder !== 'main')
      faults.push(`${name}: process.env belongs to platform and main`);
    if (/^export default/m.test(text)) faults.push(`${name}: no default exports`);
  }

  function withoutComments(text) {
    return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  }

  function checkPackage(name, sourceFolder, specifier) {
    const pack = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0];
    if (packageFolders[pack] && !packageFolders[pack].includes(sourceFolder))
      faults.push(`${name}: ${pack} stays in ${packageFolders[pack].join(', ')}`);
    if (pure.has(sourceFolder) && specifier.startsWith('node:')) faults.push(`${name}: pure code imports ${specifier}`);
    if (specifier === 'node:child_process' && !['launch', 'cli', 'terminal'].includes(sourceFolder))
      faults.push(`${name}: child processes belong to launch`);
  }

  function checkDialects(name, specifier, target) {
    const to = relative(root, target);
    const [from, other] = [dialectOf(name), dialectOf(to)];
    if (from && other && from !== other) faults.push(`${name}: dialects never import each other (${specifier})`);
    const [level, targetLevel] = [translatePosition(name), translatePosition(to)];
    if (level !== undefined && targetLevel !== undefined && targetLevel > level)
      faults.push(`${name}: ${translateOrder[level]} imports ${translateOrder[targetLevel]} (${specifier})`);
  }

  /** Only the registry and the model catalogue may compare with an upstream name. */
  function checkNames(name, text) {
    if (pathsWithUpstreamNames.some((path) => name.startsWith(path))) return;
    for (const [, upstream] of withoutComments(text).matchAll(comparedName))
      if (upstreamNames.has(upstream)) faults.push(`${name}: compares with the upstream name '${upstream}'`);
  }

  /** Import cycles, by depth-first search. */
  const state = new Map();
  const visit = (node, trail) => {
    if (state.get(node) === 'done') return;
    if (state.get(node) === 'open') {
      faults.push(`import cycle: ${[...trail.slice(trail.indexOf(node)), node].join(' → ')}`);
      return;
    }
    state.set(node, 'open');
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
    state.set(node, 'done');
  };
  for (const node of graph.keys()) visit(node, []);

  /** Folder cycles: folders must not import each other, directly or through other folders. */
  const folderGraph = new Map();
  for (const [from, targets] of graph)
    for (const to of targets) {
      const [a, b] = [folderOf(join(root, from)), folderOf(join(root, to))];
      if (a !== b) folderGraph.set(a, (folderGraph.get(a) ?? new Set()).add(b));
    }
  const reaches = (from, wanted, seen = new Set()) =>
    [...(folderGraph.get(from) ?? [])].some((next) => {
      if (next === wanted) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, wanted, seen);
    });
  for (const sourceFolder of folderGraph.keys())
    if (reaches(sourceFolder, sourceFolder)) faults.push(`folder cycle through ${sourceFolder}`);

  for (const dialect of dialectNames)
    for (const file of dialectFiles)
      if (!existsSync(join(dialectRoot, dialect, `${file}.ts`)))
        faults.push(`src/translate/dialects/${dialect}: every dialect has a file ${file}.ts`);

  return { faults, files: graph.size };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { faults, files } = checkLayers(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));
  if (faults.length > 0) {
    process.stderr.write(`${faults.join('\n')}\n${faults.length} faults in the layers\n`);
    process.exit(1);
  }
  process.stdout.write(`layers: ${files} files, no forbidden import\n`);
}
