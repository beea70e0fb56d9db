/** Writes ledger entries as another session would: with a file of its own. */
import type { LedgerEntry } from '../../src/ledger/entry.ts';
import { LedgerFile } from '../../src/storage/ledger-file.ts';

export function appendEntry(folder: string, entry: LedgerEntry): void {
  const file = new LedgerFile(folder);
  file.append(entry);
  file.close();
}
