import { type KeyRing, KeyRingError } from './key-ring.ts';

/** What rotation needs of one encrypted column. */
export type EncryptedColumn = {
  /** As in the places of its ciphertexts. */
  column: string;
  /** Rows with a ciphertext, in the order of their owner ids, after the given one. */
  page(afterOwnerId: string | null): Promise<{ ownerId: string; ciphertext: string }[]>;
  /** Write the new ciphertext if the row still holds the old one, and say whether it did. */
  replace(ownerId: string, old: string, renewed: string): Promise<boolean>;
};

/** What became of a column: how many rows were renewed, and the owners of those that no key of the ring opens. */
export type Rotated = { rows: number; renewed: number; unreadable: string[] };

/**
 * Bring a column under the current key while the daemon runs. A row that changes meanwhile is left to its writer; a
 * second run finds it current. One that does not open is reported and does not keep the others waiting.
 */
export async function rotateColumn(ring: KeyRing, { column, page, replace }: EncryptedColumn): Promise<Rotated> {
  const result: Rotated = { rows: 0, renewed: 0, unreadable: [] };
  for (let rows = await page(null); rows.length > 0; rows = await page(rows.at(-1)!.ownerId)) {
    for (const { ownerId, ciphertext } of rows) {
      result.rows++;
      try {
        const renewed = ring.rotate(ciphertext, { ownerId, column });
        if (renewed !== ciphertext && (await replace(ownerId, ciphertext, renewed))) result.renewed++;
      } catch (error) {
        if (!(error instanceof KeyRingError)) throw error;
        result.unreadable.push(ownerId);
      }
    }
  }
  return result;
}
