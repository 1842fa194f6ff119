import { MAX_EARLIER } from '@hufu/api';
import { equalBytes } from '@hufu/crypto';
import { type Digests, decodeEntry } from '@hufu/proof';
import type { Database } from '../db/database.ts';
import { type DigestIndex, prefixOf } from '../db/digest-index.ts';
import type { NewRecord } from './record.ts';

export interface EarlierRecord {
  readonly serial: number;
  readonly receivedAtMs: number;
}

/** Candidates looked at per digest: most of them are true matches, so this is little above what is shown. */
const MAX_CANDIDATES = 4 * MAX_EARLIER;

const NONE: readonly EarlierRecord[] = [];

/** Finds, for new records, the earlier ones that have one of the same digests. */
export class EarlierFinder {
  readonly #database: Database;
  readonly #index: DigestIndex;

  constructor(database: Database, index: DigestIndex) {
    this.#database = database;
    this.#index = index;
  }

  /** Notes consecutive, durable records in the index, and finds for each its earlier equals as `find` does. */
  async noteAndFind(
    records: readonly NewRecord[],
    firstSerial: number,
  ): Promise<readonly (readonly EarlierRecord[])[]> {
    const seen: boolean[] = [];
    for (const [i, { digests }] of records.entries()) seen.push(this.#index.note(firstSerial + i, digests));
    return this.find(records, firstSerial, seen);
  }

  /**
   * For each of the consecutive records from `firstSerial` on, which are durable and noted in the index, its
   * earliest equals, at most MAX_EARLIER, ascending. `seen` says which of them may have equals that are not in
   * the table yet; by default all.
   */
  async find(
    records: readonly NewRecord[],
    firstSerial: number,
    seen?: readonly boolean[],
  ): Promise<readonly (readonly EarlierRecord[])[]> {
    const prefixes: number[] = [];
    for (const { digests } of records) prefixes.push(...prefixesOf(digests));
    const merged = await this.#index.merged(prefixes);
    const found: (readonly EarlierRecord[])[] = [];
    for (const [i, { digests }] of records.entries()) {
      const own = prefixesOf(digests);
      const candidate = (seen?.[i] ?? true) || own.some((prefix) => merged.has(prefix));
      found.push(candidate ? await this.#equals(digests, own, firstSerial + i) : NONE);
    }
    return found;
  }

  /** The earliest records before `below` that really have one of the digests. */
  async #equals(
    digests: Digests,
    prefixes: readonly number[],
    below: number,
  ): Promise<readonly EarlierRecord[]> {
    const candidates = new Set<number>();
    for (const prefix of prefixes) {
      for (const serial of await this.#index.earliest(prefix, MAX_CANDIDATES)) {
        if (serial < below) candidates.add(serial);
      }
    }
    if (candidates.size === 0) return NONE;
    const rows = await this.#database
      .selectFrom('evidence')
      .select(['serial', 'entry', 'received_at_ms'])
      .where('serial', 'in', [...candidates])
      .orderBy('serial')
      .execute();
    const equals: EarlierRecord[] = [];
    for (const { serial, entry, received_at_ms } of rows) {
      const decoded = decodeEntry(entry);
      if (decoded.ok && shareDigest(decoded.value.digests, digests)) {
        equals.push({ serial, receivedAtMs: received_at_ms });
      }
      if (equals.length === MAX_EARLIER) break;
    }
    return equals;
  }
}

/** Whether both have the same digest of at least one hash. */
export function shareDigest(a: Digests, b: Digests): boolean {
  return (
    (a.sha256 !== undefined && b.sha256 !== undefined && equalBytes(a.sha256, b.sha256)) ||
    (a.sm3 !== undefined && b.sm3 !== undefined && equalBytes(a.sm3, b.sm3))
  );
}

function prefixesOf({ sha256, sm3 }: Digests): number[] {
  const prefixes: number[] = [];
  if (sha256 !== undefined) prefixes.push(prefixOf(sha256));
  if (sm3 !== undefined) prefixes.push(prefixOf(sm3));
  return prefixes;
}
