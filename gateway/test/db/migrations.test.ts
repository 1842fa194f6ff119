import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeEntry } from '@hufu/proof';
import { Kysely, Migrator, SqliteDialect, sql } from 'kysely';
import t, { type Test } from 'tap';
import { openDatabase } from '../../src/db/database.ts';
import { MIGRATIONS } from '../../src/db/migrations.ts';
import { NodeSqliteDatabase } from '../../src/db/node-sqlite.ts';
import type { Tables } from '../../src/db/schema.ts';
import { readFinalizedBelow, readUnfinalized } from '../../src/db/submission-store.ts';

const NAMES = Object.keys(MIGRATIONS);
const PROGRAM = fileURLToPath(new URL('opening-process.ts', import.meta.url));

function emptyDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-migrations-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** A data directory as the program left it whose newest migration was `newest`, with rows in every old table. */
async function leftBy(t: Test, newest: string): Promise<string> {
  const directory = emptyDirectory(t);
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

t.test('a clock that was set back between two upgrades does no harm', async (t) => {
  const directory = await leftBy(t, NAMES[0] ?? '');
  const before = new NodeSqliteDatabase(join(directory, 'gateway.db'));
  before.prepare("update kysely_migration set timestamp = '2999-01-01T00:00:00.000Z'").run([]);
  before.close();
  for (const _opening of ['the upgrade', 'the start after it']) {
    const database = await openDatabase(directory);
    await database.destroy();
  }
});

/** A process that is about to open the database, and kills itself after so many statements that write. */
async function opening(t: Test, directory: string, statements = 0): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PROGRAM, directory, `${statements}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('no output');
  await once(child.stdout, 'data');
  return child;
}

/** Lets it go; resolves with its exit code, null when it was killed. */
async function open(child: ChildProcess): Promise<number | null> {
  child.stdin?.write('go');
  const [code] = await once(child, 'exit');
  return code;
}

// Several starts of a process, on a machine that may be busy.
t.setTimeout(240_000);

const beginnings: readonly (readonly [string, (t: Test) => string | Promise<string>])[] = [
  ['an empty directory', emptyDirectory],
  ['a database of the first schema', (t) => leftBy(t, NAMES[0] ?? '')],
];
for (const [name, begin] of beginnings) {
  t.test(`${name} can be opened after a kill at any statement of the first opening`, async (t) => {
    let code: number | null = null;
    for (let statements = 1; code === null; statements++) {
      const directory = await begin(t);
      code = await open(await opening(t, directory, statements));
      const database = await openDatabase(directory);
      await database.selectFrom('idempotency').select('created_at_ms').execute();
      await database.destroy();
    }
    t.equal(code, 0, 'beyond the last statement nothing is killed');
  });
}

t.test('processes that open a new directory together all succeed', async (t) => {
  for (let round = 0; round < 4; round++) {
    const directory = emptyDirectory(t);
    const processes = await Promise.all(Array.from({ length: 3 }, () => opening(t, directory)));
    t.same(await Promise.all(processes.map(open)), [0, 0, 0]);
  }
});
