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

  /** For each record its earliest equals, at most MAX_EARLIER, ascending. */
  async find(sought: readonly Sought[]): Promise<readonly (readonly EarlierRecord[])[]> {
    const equals = await this.equals(await this.suspects(sought));
    return sought.map((one) => equals.get(one) ?? []);
  }

  /**
   * Those that may have earlier equals: all that have, and few besides. Costs a statement for hundreds of records, whatever
   * they are. `isRecent` was found before the table is asked: a merge that ends in between moves what is in memory to
   * the table.
   */
  async suspects(sought: readonly Sought[]): Promise<readonly Sought[]> {
    const suspects: Sought[] = [];
    for (let at = 0; at < sought.length; at += RECORDS_PER_TURN) {
      if (at > 0) await nextTurn();
      const some = sought.slice(at, at + RECORDS_PER_TURN);
      const merged = await this.#index.merged(some.flatMap(({ digests }) => prefixesOf(digests)));
      const isMerged = ({ digests, serial }: Sought): boolean =>
        merged.size > 0 && prefixesOf(digests).some((prefix) => (merged.get(prefix) ?? serial) < serial);
      for (const one of some) if (one.isRecent || isMerged(one)) suspects.push(one);
    }
    return suspects;
  }

  /** As `find`, of records that may have earlier equals. Costs statements for each. */
  async equals(suspects: readonly Sought[]): Promise<ReadonlyMap<Sought, readonly EarlierRecord[]>> {
    const remembered: Remembered = new Map();
    const found = new Map<Sought, readonly EarlierRecord[]>();
    for (const one of suspects) {
      if (found.size > 0 && found.size % RECORDS_PER_TURN === 0) await nextTurn();
      found.set(one, await this.#equals(one, remembered));
    }
    return found;
  }

  /** The earliest records before it that really have one of the digests. */
  async #equals(
    { serial: below, digests }: Sought,
    remembered: Remembered,
  ): Promise<readonly EarlierRecord[]> {
    const equals = new Map<number, EarlierRecord>();
    for (const prefix of prefixesOf(digests)) {
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
