import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SCOPES, type Scope } from '@hufu/api';
import type { Insertable } from 'kysely';
import type { Database } from '../db/database.ts';
import type { ApiKeyRow, ApiKeyTable } from '../db/schema.ts';

/** An authenticated caller. */
export interface ApiKey {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export interface NewApiKey {
  readonly name: string;
  /** Default: all. */
  readonly scopes?: readonly Scope[];
  readonly expiresAtMs?: number;
}

/** `hufu_`, the public id, `_`, the secret: recognisable, so that scanners find leaked ones. */
const TOKEN = /^hufu_([0-9a-f]{12})_([0-9a-f]{64})$/;

/** A key that the command line makes or ends is known to a running gateway within this time. */
const CACHE_MS = 2_000;
const MAX_CACHED_KEYS = 10_000;

/** A key that is not stored yet. */
export interface GeneratedApiKey {
  readonly keyId: string;
  /** Shown once; only a hash of its secret is stored. */
  readonly token: string;
  readonly row: Insertable<ApiKeyTable>;
}

/** Makes a key from 38 random bytes. */
export function generateApiKey(key: NewApiKey, nowMs: number): GeneratedApiKey {
  const keyId = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('hex');
  return {
    keyId,
    token: `hufu_${keyId}_${secret}`,
    row: {
      key_id: keyId,
      name: key.name,
      secret_hash: hashSecret(secret),
      scopes: (key.scopes ?? SCOPES).join(' '),
      created_at_ms: nowMs,
      expires_at_ms: key.expiresAtMs ?? null,
    },
  };
}

/** Stores a key; from now on its token is accepted. */
export async function insertApiKey(database: Database, { row }: GeneratedApiKey): Promise<void> {
  await database.insertInto('api_key').values(row).execute();
}

interface Cached {
  readonly row: ApiKeyRow;
  /** Of the monotonic clock. */
  readonly readAtMs: number;
}

/** Tells callers by their tokens. Keys are cached for a moment, since every request carries one. */
export class ApiKeyVerifier {
  readonly #database: Database;
  readonly #monotonicMs: () => number;
  readonly #cache = new Map<string, Cached>();

  /** The cache's age is not told by the wall clock: set back, that would keep an ended key alive. */
  constructor(database: Database, monotonicMs = (): number => performance.now()) {
    this.#database = database;
    this.#monotonicMs = monotonicMs;
  }

  /** The caller of an `Authorization` header; undefined when it has no key that is valid and not expired at `nowMs`. */
  verify(authorization: string | undefined, nowMs: number): ApiKey | undefined | Promise<ApiKey | undefined> {
    const match = /^Bearer +(\S+)$/i.exec(authorization ?? '');
    const token = TOKEN.exec(match?.[1] ?? '');
    const [, keyId, secret] = token ?? [];
    if (keyId === undefined || secret === undefined) return undefined;
    const cached = this.#cache.get(keyId);
    if (cached !== undefined && this.#monotonicMs() - cached.readAtMs < CACHE_MS) {
      return accept(cached.row, secret, nowMs);
    }
    return this.#load(keyId, secret, nowMs);
  }

  async #load(keyId: string, secret: string, nowMs: number): Promise<ApiKey | undefined> {
    const readAtMs = this.#monotonicMs();
    const row = await this.#database
      .selectFrom('api_key')
      .selectAll()
      .where('key_id', '=', keyId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    if (this.#cache.size >= MAX_CACHED_KEYS) this.#cache.clear();
    this.#cache.set(keyId, { row, readAtMs });
    return accept(row, secret, nowMs);
  }
}

function accept(row: ApiKeyRow, secret: string, nowMs: number): ApiKey | undefined {
  // Compared as hashes of equal length and in constant time: the answer's time says nothing about the secret.
  if (!timingSafeEqual(hashSecret(secret), row.secret_hash)) return undefined;
  if (row.expires_at_ms !== null && row.expires_at_ms <= nowMs) return undefined;
  const names = new Set(row.scopes.split(' '));
  return { id: row.id, name: row.name, scopes: SCOPES.filter((scope) => names.has(scope)) };
}

function hashSecret(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer');
}
