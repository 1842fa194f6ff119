import type { ErrorCode, Receipt } from '@hufu/api';
import { type Result, toHex } from '@hufu/crypto';
import type { Database } from '../db/database.ts';
import type { Recorded } from './answers.ts';
import type { EarlierFinder } from './earlier.ts';
import type { IdempotencyKeys } from './idempotency.ts';
import type { Journal, Post } from './journal.ts';
import type { NewRecord } from './record.ts';

/** Takes posts to the journal, each at most once per Idempotency-Key. */
export class Intake {
  readonly #database: Database;
  readonly #journal: Journal;
  readonly #earlier: EarlierFinder;
  readonly #keys: IdempotencyKeys;

  constructor(database: Database, journal: Journal, earlier: EarlierFinder, keys: IdempotencyKeys) {
    this.#database = database;
    this.#journal = journal;
    this.#earlier = earlier;
    this.#keys = keys;
  }

  /** Records a post; with a key seen before, finds what it recorded then. */
  async record(post: Post): Promise<Result<Recorded, ErrorCode>> {
    const { idempotency, apiKey } = post;
    if (idempotency === undefined) return this.#journal.append(post);
    const outcome = await this.#keys.begin({ apiKey, ...idempotency });
    switch (outcome.kind) {
      case 'in-flight':
        return { ok: false, error: 'idempotency-in-flight' };
      case 'mismatch':
        return { ok: false, error: 'idempotency-mismatch' };
      case 'replay':
        return { ok: true, value: await this.#replay(post.records, outcome.firstSerial) };
      case 'new':
        try {
          return await this.#journal.append(post);
        } finally {
          outcome.release();
        }
    }
  }

  /** The first answer again: all of it follows from what is stored, since earlier records never change. */
  async #replay(records: readonly NewRecord[], firstSerial: number): Promise<Recorded> {
    const row = await this.#database
      .selectFrom('evidence')
      .select('received_at_ms')
      .where('serial', '=', firstSerial)
      .executeTakeFirstOrThrow();
    const earlier = await this.#earlier.find(this.#earlier.noted(records, firstSerial));
    return { firstSerial, receivedAtMs: row.received_at_ms, earlier };
  }
}

/** The receipts of a post, in order. */
export function receiptsOf(gateway: number, records: readonly NewRecord[], recorded: Recorded): Receipt[] {
  return records.map(({ digests: { sha256, sm3 } }, i) => {
    const serial = recorded.firstSerial + i;
    return {
      id: `${gateway}-${serial}`,
      serial,
      state: 'received',
      receivedAtMs: recorded.receivedAtMs,
      digests: { ...(sha256 && { sha256: toHex(sha256) }), ...(sm3 && { sm3: toHex(sm3) }) },
      earlier: (recorded.earlier[i] ?? []).map((one) => ({
        id: `${gateway}-${one.serial}`,
        serial: one.serial,
        receivedAtMs: one.receivedAtMs,
      })),
    };
  });
}
