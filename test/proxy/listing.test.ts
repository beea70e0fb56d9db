import { expect, it } from 'vitest';
import { modelListing } from '../../src/proxy/listing.ts';
import type { Directory } from '../../src/routing/directory.ts';
import { aliasPrefix } from '../../src/routing/proposals.ts';

it('the list of models has each model of a known upstream, and an alias that Claude Code lists', () => {
  const row = (id: string, upstream: string) => ({ id, upstream });
  const directory = {
    catalogue: [row('gpt-6', 'codex'), row('k2', 'gone'), row('k3', 'kimi')],
    upstreams: [{ name: 'codex' }, { name: 'kimi' }],
  } as unknown as Directory;
  const entry = (id: string, display_name: string) => ({
    type: 'model',
    id,
    display_name,
    created_at: '1970-01-01T00:00:00Z',
  });
  expect(aliasPrefix).toContain('claude');
  expect(modelListing(directory)).toEqual({
    data: [
      entry('gpt-6', 'gpt-6 (codex)'),
      entry(`${aliasPrefix}gpt-6`, 'gpt-6 (codex)'),
      entry('k3', 'k3 (kimi)'),
      entry(`${aliasPrefix}k3`, 'k3 (kimi)'),
    ],
    has_more: false,
    first_id: 'gpt-6',
    last_id: `${aliasPrefix}k3`,
  });
  expect(modelListing({ ...directory, upstreams: [] })).toEqual({
    data: [],
    has_more: false,
    first_id: null,
    last_id: null,
  });
});
