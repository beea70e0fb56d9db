// The unit project, limited to the tests of the mutated slice.
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import base from './vitest.config.ts';

const unit = base.test.projects.find(({ test }) => test.name === 'unit').test;

/** Tests that start servers or run random streams are slow and run last. Most mutants are killed before them. */
const slow = /\/(?:matrix|proxy)\/|(?:fixtures|properties|painter|scroll|runs)\.test\.tsx?$/;

class QuickFirst extends BaseSequencer {
  async sort(files) {
    const rank = ({ moduleId }) => (slow.test(moduleId) ? 1 : 0);
    return [...files].sort((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

// biome-ignore lint/style/noDefaultExport: Vitest reads it.
export default defineConfig({
  test: {
    ...unit,
    include: process.env.CCP_MUTATE_TESTS?.split(';') ?? unit.include,
    exclude: [...unit.exclude, 'test/checks/**'],
    sequence: { sequencer: QuickFirst },
    // The mutated copy is below node_modules, where Vitest does not transform source by default.
    server: { deps: { inline: [/stryker\/sandbox/] } },
  },
});
