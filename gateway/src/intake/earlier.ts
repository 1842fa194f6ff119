import { setImmediate as nextTurn } from 'node:timers/promises';
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

/** A durable record that is noted in the index, and whose earlier equals are to be found. */
export interface Sought {
  readonly serial: number;
  readonly digests: Digests;
  /** Whether it may have equals that are not in the table yet. */
  readonly isRecent: boolean;
}

/** Candidates looked at per digest: most of them are true matches, so this is little above what is shown. */
const MAX_CANDIDATES = 4 * MAX_EARLIER;

/** Records looked for in one turn of the event loop. */
const RECORDS_PER_TURN = 256;

/** Prefixes whose candidates are remembered within one call: about 10 MB. */
const MAX_REMEMBERED = 1_024;

interface Candidate extends EarlierRecord {
  readonly digests: Digests;
}

/** Candidates by prefix, ascending: what is posted together often has the same digests. */
type Remembered = Map<number, readonly Candidate[]>;

const NONE: readonly EarlierRecord[] = [];

/** Finds, for new records, the earlier ones that have one of the same digests. */
export class EarlierFinder {
  readonly #database: Database;
  readonly #index: DigestIndex;

  constructor(database: Database, index: DigestIndex) {
    this.#database = database;
    this.#index = index;
  }

  /** Notes consecutive, durable records in the index. */
  note(records: readonly NewRecord[], firstSerial: number): readonly Sought[] {
    return records.map(({ digests }, i) => {
      const serial = firstSerial + i;
      return { serial, digests, isRecent: this.#index.note(serial, digests) };
    });
  }

  /** Consecutive records that were noted before. */
  noted(records: readonly NewRecord[], firstSerial: number): readonly Sought[] {
    return records.map(({ digests }, i) => {
      const serial = firstSerial + i;
      const isRecent = prefixesOf(digests).some((prefix) => this.#index.isRecent(prefix, serial));
      return { serial, digests, isRecent };
    });
  }

  /**
   * For each record its earliest equals, at most MAX_EARLIER, ascending. `isRecent` was found before the table is
   * asked: a merge that ends in between moves what is in memory to the table.
   */
  async find(sought: readonly Sought[]): Promise<readonly (readonly EarlierRecord[])[]> {
    const remembered: Remembered = new Map();
    const found: (readonly EarlierRecord[])[] = [];
    while (found.length < sought.length) {
      if (found.length > 0) await nextTurn();
      const some = sought.slice(found.length, found.length + RECORDS_PER_TURN);
      const prefixes = some.map(({ digests }) => prefixesOf(digests));
      const merged = await this.#index.merged(prefixes.flat());
      for (const [i, { serial, digests, isRecent }] of some.entries()) {
        const own = prefixes[i] ?? [];
        const candidate = isRecent || own.some((prefix) => (merged.get(prefix) ?? serial) < serial);
        found.push(candidate ? await this.#equals(digests, own, serial, remembered) : NONE);
      }
    }
    return found;
  }

  /** The earliest records before `below` that really have one of the digests. */
  async #equals(
    digests: Digests,
    prefixes: readonly number[],
    below: number,
    remembered: Remembered,
  ): Promise<readonly EarlierRecord[]> {
    const equals = new Map<number, EarlierRecord>();
    for (const prefix of prefixes) {
      let matches = 0;
      for (const { serial, receivedAtMs, digests: theirs } of await this.#candidates(prefix, remembered)) {
        if (serial >= below || matches === MAX_EARLIER) break;
        if (!shareDigest(theirs, digests)) continue;
        matches += 1;
        equals.set(serial, { serial, receivedAtMs });
      }
    }
    return [...equals.values()].sort((a, b) => a.serial - b.serial).slice(0, MAX_EARLIER);
  }

  /** The first records with the prefix, also such as were recorded with those looked for. */
  async #candidates(prefix: number, remembered: Remembered): Promise<readonly Candidate[]> {
    const known = remembered.get(prefix);
    if (known !== undefined) return known;
    const serials = await this.#index.earliest(prefix, MAX_CANDIDATES);
    const rows = await this.#database
      .selectFrom('evidence')
      .select(['serial', 'entry', 'received_at_ms'])
      .where('serial', 'in', serials)
      .orderBy('serial')
      .execute();
    const candidates: Candidate[] = [];
    for (const { serial, entry, received_at_ms } of rows) {
      const decoded = decodeEntry(entry);
      if (!decoded.ok) continue;
      candidates.push({ serial, receivedAtMs: received_at_ms, digests: decoded.value.digests });
    }
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(prefix, candidates);
    return candidates;
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
