import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Distinct statements kept prepared. The gateway has a few dozen; the bound is for safety. */
const MAX_CACHED_STATEMENTS = 256;

/**
 * `node:sqlite` in the shape that Kysely's SqliteDialect asks for. Every statement is prepared once: the hot
 * ones run many thousand times a second.
 */
export class NodeSqliteDatabase implements SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, SqliteStatement>();

  /**
   * Opens or creates the file. WAL with synchronous=FULL: a committed transaction survives a power cut, at one
   * fdatasync a commit.
   */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: BUSY_TIMEOUT_MS });
    this.#database.exec('pragma journal_mode = wal');
    this.#database.exec('pragma synchronous = full');
    this.#database.exec(`pragma cache_size = -${CACHE_KIB}`);
    this.#database.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  }

  prepare(sql: string): SqliteStatement {
    const cached = this.#statements.get(sql);
    if (cached !== undefined) return cached;
    // A deferred transaction that reads first may find, at its first write, that another process (the command
    // line making a key) wrote in between, and cannot wait for it. An immediate one waits at its start.
    const prepared = statement(this.#database.prepare(sql === 'begin' ? 'begin immediate' : sql));
    if (this.#statements.size >= MAX_CACHED_STATEMENTS) this.#statements.clear();
    this.#statements.set(sql, prepared);
    return prepared;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}

const BUSY_TIMEOUT_MS = 5_000;
const CACHE_KIB = 65_536;
const CHECKPOINT_PAGES = 4_000;

function statement(prepared: StatementSync): SqliteStatement {
  return {
    reader: prepared.columns().length > 0,
    all: (parameters) => prepared.all(...values(parameters)),
    run: (parameters) => prepared.run(...values(parameters)),
    iterate: (parameters) => prepared.iterate(...values(parameters)),
  };
}

/** Kysely types parameters as unknown; the table types of schema.ts allow these values only. */
function values(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[];
}
