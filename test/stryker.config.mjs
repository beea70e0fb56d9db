// Mutation testing of one slice of the source. test/mutate.mjs selects the files and their tests.
const cache = 'node_modules/.cache/stryker';

// biome-ignore lint/style/noDefaultExport: Stryker reads it.
export default {
  packageManager: 'npm',
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/stryker.vitest.config.mjs', related: false },
  coverageAnalysis: 'perTest',
  // Code that runs only while a module is loaded would require a new process for each mutant.
  ignoreStatic: true,
  incremental: false,
  concurrency: Number(process.env.CCP_MUTATE_WORKERS ?? 2),
  timeoutMS: 8_000,
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 3,
  // The tests run on the source directly, without a build or a type check.
  disableTypeChecks: false,
  tsconfigFile: 'none.json',
  ignorePatterns: ['.ci', 'bench', 'bin', 'dist', 'docs', 'test/e2e', 'test/compat', 'test/fidelity'],
  tempDirName: `${cache}/sandbox`,
  cleanTempDir: 'always',
  reporters: ['json'],
  jsonReporter: { fileName: process.env.CCP_MUTATE_REPORT ?? `${cache}/report.json` },
  allowConsoleColors: false,
  logLevel: 'warn',
};
