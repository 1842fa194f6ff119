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

  /**
   * For each of the consecutive records from `firstSerial` on, which are durable and noted in the index, its
   * earliest equals, at most MAX_EARLIER, ascending.
   */
  async find(
    records: readonly NewRecord[],
    firstSerial: number,
  ): Promise<readonly (readonly EarlierRecord[])[]> {
    const prefixes = records.flatMap(({ digests }) => prefixesOf(digests));
    const candidates = await this.#index.earliest(prefixes, MAX_CANDIDATES);
    const found: (readonly EarlierRecord[])[] = [];
    for (const [i, { digests }] of records.entries()) {
      const own = firstSerial + i;
      const serials = prefixesOf(digests).flatMap((prefix) => candidates.get(prefix) ?? []);
      const before = serials.filter((serial) => serial < own);
      found.push(before.length === 0 ? NONE : await this.#equals(digests, before));
    }
    return found;
  }

  /** Those of the candidates that really have one of the digests. */
  async #equals(digests: Digests, candidates: readonly number[]): Promise<readonly EarlierRecord[]> {
    const rows = await this.#database
      .selectFrom('evidence')
      .select(['serial', 'entry', 'received_at_ms'])
      .where('serial', 'in', [...new Set(candidates)])
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
