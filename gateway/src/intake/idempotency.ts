import { equalBytes } from '@hufu/crypto';
import type { Database } from '../db/database.ts';

/** How long an Idempotency-Key is remembered. */
export const IDEMPOTENCY_RETENTION_MS = 7 * 24 * 3_600_000;

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

  /** Forgets keys older than the retention. */
  async prune(nowMs: number): Promise<void> {
    await this.#database
      .deleteFrom('idempotency')
      .where('created_at_ms', '<', nowMs - IDEMPOTENCY_RETENTION_MS)
      .execute();
  }
}
