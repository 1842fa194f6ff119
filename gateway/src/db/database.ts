import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, Migrator, SqliteAdapter, SqliteDialect } from 'kysely';
import { MIGRATIONS } from './migrations.ts';
import { NodeSqliteDatabase } from './node-sqlite.ts';
import type { Tables } from './schema.ts';

export type Database = Kysely<Tables>;

const DATABASE_FILE = 'gateway.db';
const LOCK_FILE = 'gateway.lock';

/**
 * SQLite changes a schema within a transaction, which Kysely's own adapter denies. With it, all migrations and their
 * notes are one transaction: a process that is killed leaves all of it or nothing. The transaction is immediate, and
 * what is to be done is read within it: of two processes that open a new directory, the second finds nothing to do.
 */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class Dialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new Adapter();
  }
}

/** Opens the database of a data directory, creating both when absent, and brings its schema up to date. */
export async function openDatabase(dataPath: string): Promise<Database> {
  mkdirSync(dataPath, { recursive: true, mode: 0o700 });
  const database = new Kysely<Tables>({
    dialect: new Dialect({
      database: async () => new NodeSqliteDatabase(join(dataPath, DATABASE_FILE)),
    }),
  });
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
    // The order that is checked otherwise is the wall clock's, which may have been set back between two upgrades.
    allowUnorderedMigrations: true,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await database.destroy();
    throw new Error(`the database in ${dataPath} cannot be migrated`, { cause: error });
  }
  return database;
}

/** Another process already works on this data directory. */
export class DataInUseError extends Error {
  override readonly name = 'DataInUseError';
  readonly code = 'in-use';
}

/**
 * Keeps a second gateway off the directory: two would give the same serials to different records. The lock is
 * the operating system's (SQLite takes it on the file), so it ends with the process, however that ends.
 */
export function lockData(dataPath: string): { release(): void } {
  mkdirSync(dataPath, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(dataPath, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (cause) {
    lock.close();
    throw new DataInUseError(`another process works on ${dataPath}`, { cause });
  }
  return { release: () => lock.close() };
}
