/** Tests every item of `npm run compatibility` in the pane. */
import { afterAll, describe, expect, it } from 'vitest';
import { items } from '../compat/items.ts';
import { tryItem } from '../compat/world.ts';
import { makeHome } from '../support/home.ts';

const home = makeHome();
afterAll(() => home.remove());

describe.concurrent('a program in the pane', () => {
  for (const item of items) it(item.name, async () => expect(await tryItem(item, true, home)).toBe(true));
});
