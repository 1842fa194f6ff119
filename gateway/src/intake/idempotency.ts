import { setImmediate as nextTurn } from 'node:timers/promises';
import { equalBytes } from '@hufu/crypto';
import type { Database } from '../db/database.ts';

/** How long an Idempotency-Key is remembered. */
export const IDEMPOTENCY_RETENTION_MS = 7 * 24 * 3_600_000;

/** Keys forgotten in one statement: a pause of a few milliseconds. */
const PRUNE_KEYS = 1_000;

export interface IdempotentRequest {
  readonly apiKey: number;
  readonly key: string;
  /** Digest of route and body. */
  readonly requestDigest: Uint8Array;
}

export type IdempotencyOutcome =
  /** Not seen before: do the work, then `release`. */
  | { readonly kind: 'new'; readonly release: () => void }
  | { readonly kind: 'in-flight' }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'replay'; readonly firstSerial: number; readonly count: number };

/**
 * Remembers Idempotency-Keys per API key. That a key was used is written in the transaction that records its
 * evidence, so after a crash the key is known exactly when the evidence is there.
 */
export class IdempotencyKeys {
  readonly #database: Database;
  readonly #inFlight = new Set<string>();

  constructor(database: Database) {
    this.#database = database;
  }

  async begin({ apiKey, key, requestDigest }: IdempotentRequest): Promise<IdempotencyOutcome> {
    const name = `${apiKey} ${key}`;
    if (this.#inFlight.has(name)) return { kind: 'in-flight' };
    this.#inFlight.add(name);
    const release = (): void => void this.#inFlight.delete(name);
    try {
      const row = await this.#database
        .selectFrom('idempotency')
        .selectAll()
        .where('api_key', '=', apiKey)
        .where('idempotency_key', '=', key)
        .executeTakeFirst();
      if (row === undefined) return { kind: 'new', release };
      release();
      if (!equalBytes(row.request_digest, requestDigest)) return { kind: 'mismatch' };
      return { kind: 'replay', firstSerial: row.first_serial, count: row.count };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Forgets keys older than the retention, some at a time, so that requests are served between them. */
  async prune(nowMs: number, signal?: AbortSignal): Promise<void> {
    const before = nowMs - IDEMPOTENCY_RETENTION_MS;
    while (signal?.aborted !== true) {
      const { numDeletedRows } = await this.#database
        .deleteFrom('idempotency')
        .where(({ eb, refTuple, selectFrom }) =>
          eb(
            refTuple('api_key', 'idempotency_key'),
            'in',
            selectFrom('idempotency')
              .select(['api_key', 'idempotency_key'])
              .where('created_at_ms', '<', before)
              .limit(PRUNE_KEYS)
              .$asTuple('api_key', 'idempotency_key'),
          ),
        )
        .executeTakeFirst();
      if (numDeletedRows < PRUNE_KEYS) return;
      await nextTurn();
    }
  }
}
