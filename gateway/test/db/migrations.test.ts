import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeEntry } from '@hufu/proof';
import { Kysely, Migrator, SqliteDialect, sql } from 'kysely';
import t, { type Test } from 'tap';
import { openDatabase } from '../../src/db/database.ts';
import { MIGRATIONS } from '../../src/db/migrations.ts';
import { NodeSqliteDatabase } from '../../src/db/node-sqlite.ts';
import type { Tables } from '../../src/db/schema.ts';
import { readFinalizedBelow, readUnfinalized } from '../../src/db/submission-store.ts';

const NAMES = Object.keys(MIGRATIONS);

/** A data directory as the program left it whose newest migration was `newest`, with rows in every old table. */
async function leftBy(t: Test, newest: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-migrations-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const db = new Kysely<Tables>({
    dialect: new SqliteDialect({
      database: async () => new NodeSqliteDatabase(join(directory, 'gateway.db')),
    }),
  });
  const known = Object.entries(MIGRATIONS).filter(([name]) => name <= newest);
  const provider = { getMigrations: async () => Object.fromEntries(known) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error;
  const entry = encodeEntry({
    gateway: 0,
    serial: 1,
    digests: { sha256: new Uint8Array(32) },
    claimedTimeMs: 1,
  });
  for (const serial of [0, 1]) await sql`insert into evidence values (${serial}, ${entry}, 1, 1)`.execute(db);
  await sql`insert into checkpoint values (9, x'00', x'00')`.execute(db);
  await sql`insert into submission values (0, 1, x'00', 5, 9, x'00'), (1, 1, x'11', null, null, null)`.execute(
    db,
  );
  await sql`insert into idempotency values (1, 'old', x'00', 0, 1, 5), (1, 'new', x'00', 1, 1, 7)`.execute(
    db,
  );
  await db.destroy();
  return directory;
}

for (const newest of NAMES) {
  t.test(`a database of schema ${newest} is brought up to date with what it holds`, async (t) => {
    const database = await openDatabase(await leftBy(t, newest));
    t.teardown(() => database.destroy());
    t.equal(await readFinalizedBelow(database, 2), 1);
    t.match(await readUnfinalized(database, 0), [{ firstSerial: 1, records: { length: 1 } }]);
    const keys = await database
      .selectFrom('idempotency')
      .select('idempotency_key')
      .orderBy('created_at_ms')
      .execute();
    t.same(
      keys.map(({ idempotency_key }) => idempotency_key),
      ['old', 'new'],
    );
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
      database,
    );
    t.same(
      rows.map(({ name }) => name),
      NAMES,
    );
  });
}
