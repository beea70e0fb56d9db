/** `GET /v1/models` in Anthropic's shape. Claude Code lists only ids that contain "claude", hence the aliases. */
import type { Directory } from '../routing/directory.ts';
import { aliasPrefix } from '../routing/proposals.ts';
import type { JsonObject } from '../wire/json.ts';

export function modelListing({ catalogue, upstreams }: Directory): JsonObject {
  const rows = catalogue.filter((row) => upstreams.some(({ name }) => name === row.upstream));
  const data = rows.flatMap((row) => [
    entry(row.id, `${row.id} (${row.upstream})`),
    entry(aliasPrefix + row.id, `${row.id} (${row.upstream})`),
  ]);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

/** Upstreams do not return a creation time, but the response format requires the field. */
const entry = (id: string, displayName: string) => ({
  type: 'model',
  id,
  display_name: displayName,
  created_at: '1970-01-01T00:00:00Z',
});
