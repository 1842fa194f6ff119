import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeEntry } from '@hufu/proof';
import { sql } from 'kysely';
import t, { type Test } from 'tap';
import { BulkInsert } from '../../src/db/bulk.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { DigestIndex, prefixOf } from '../../src/db/digest-index.ts';
import { RecentDigests } from '../../src/db/recent-digests.ts';
import { until } from '../support/until.ts';

const digestOf = (n: number): Uint8Array => createHash('sha256').update(`${n}`).digest();

const onFailure = (error: unknown): void => {
  throw error;
};

async function database(t: Test): Promise<Database> {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-index-'));
  const opened = await openDatabase(directory);
  t.teardown(async () => {
    await opened.destroy();
    rmSync(directory, { recursive: true });
  });
  return opened;
}

const insert = new BulkInsert('evidence', ['serial', 'entry', 'received_at_ms', 'api_key']);

/** Makes records durable and notes them, as intake does. Every tenth has the same digest. */
async function record(database: Database, index: DigestIndex, first: number, count: number): Promise<void> {
  const rows: unknown[] = [];
  for (let serial = first; serial < first + count; serial++) {
    const digests = { sha256: digestOf(serial % 10 === 0 ? 0 : serial) };
    rows.push(serial, encodeEntry({ gateway: 0, serial, digests, claimedTimeMs: 1 }), 1, 1);
  }
  await database.transaction().execute((transaction) => insert.run(transaction, rows));
  for (let serial = first; serial < first + count; serial++) {
    index.note(serial, { sha256: digestOf(serial % 10 === 0 ? 0 : serial) });
  }
}

async function merged(database: Database): Promise<number> {
  const { rows } = await database
    .selectFrom('digest')
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow();
  return rows;
}

t.test('every record is found, in memory, during a merge and after it, and after a restart', async (t) => {
  const db = await database(t);
  const index = await DigestIndex.open(db, { onFailure });
  const count = 70_000;
  const check = async (index: DigestIndex, what: string): Promise<void> => {
    const common = prefixOf(digestOf(0));
    const single = prefixOf(digestOf(12_345));
    const absent = prefixOf(digestOf(999_999_999));
    t.same(await index.earliest(common, 5), [0, 10, 20, 30, 40], what);
    t.same(await index.earliest(single, 5), [12_345], what);
    t.same(await index.earliest(absent, 5), [], what);
    t.same(await index.newest(common, 45, 3), [40, 30, 20], what);
    t.same(await index.newest(common, Number.MAX_SAFE_INTEGER, 2), [69_990, 69_980], what);
  };
  for (let first = 0; first < count; first += 5_000) await record(db, index, first, 5_000);
  await check(index, 'while it merges');
  await index.settle();
  t.equal(await merged(db), 65_536, 'one run is in the table');
  const [single, common] = [prefixOf(digestOf(12_345)), prefixOf(digestOf(0))];
  const first = new Map([
    [single, 12_345],
    [common, 0],
  ]);
  t.same(await index.merged([single, 1, common]), first);
  const recent = prefixOf(digestOf(65_537));
  t.same([index.isRecent(recent, 65_538), index.isRecent(recent, 65_537)], [true, false]);
  t.notOk(index.isRecent(single, 70_000), 'the table has it');
  await check(index, 'after the merge');
  await check(await DigestIndex.open(db, { onFailure }), 'after a restart');
});

t.test('a merge that a crash cut short is done again', async (t) => {
  const db = await database(t);
  const index = await DigestIndex.open(db, { onFailure });
  await record(db, index, 0, 100);
  // Part of a run reached the table; how far it was merged did not.
  await db
    .insertInto('digest')
    .values({ prefix: prefixOf(digestOf(5)), serial: 5 })
    .execute();
  const reopened = await DigestIndex.open(db, { onFailure });
  t.same(await reopened.earliest(prefixOf(digestOf(5)), 9), [5]);
  t.same(await reopened.newest(prefixOf(digestOf(5)), 100, 9), [5]);
});

t.test('a merge that fails is told once and tried until it succeeds', async (t) => {
  const db = await database(t);
  // In the middle of the run: some slices are in the table before it fails.
  await sql`create trigger full before insert on digest when new.serial = 12345
    begin select raise(abort, 'disk full'); end`.execute(db);
  const failures: unknown[] = [];
  const index = await DigestIndex.open(db, { onFailure: (error) => failures.push(error), retryMs: 1 });
  t.teardown(() => index.close());
  for (let first = 0; first < 70_000; first += 5_000) await record(db, index, first, 5_000);
  const first = await until('a failure', () => index.failure);
  await until('another', () => index.failure !== first && index.failure);
  t.match(failures, [{ message: /disk full/ }]);
  t.notOk(index.isStuck, 'there is room in memory');
  await index.room();
  t.same(await index.earliest(prefixOf(digestOf(12_345)), 5), [12_345], 'found in memory meanwhile');

  let serial = 70_000;
  for (; !index.isStuck; serial++) index.note(serial, { sha256: digestOf(serial) });
  t.equal(serial, 65_536 + 4 * 65_536, 'the run that fails, and four more');
  await t.rejects(index.room(), /disk full/);

  await sql`drop trigger full`.execute(db);
  await until('success', () => index.failure === undefined);
  await index.settle();
  t.equal(await merged(db), 65_536);
  await index.room();
  index.note(serial, { sha256: digestOf(serial) });
  await index.settle();
  t.equal(await merged(db), serial + 1, 'the next run follows');
  t.equal(failures.length, 1);
});

t.test('an index that is closed tries no merge again', async (t) => {
  const db = await database(t);
  await sql`create trigger full before insert on digest
    begin select raise(abort, 'disk full'); end`.execute(db);
  const index = await DigestIndex.open(db, { onFailure: () => {}, retryMs: 1 });
  for (let serial = 0; serial < 65_536; serial++) index.note(serial, { sha256: digestOf(serial) });
  await until('a failure', () => index.failure);
  await index.close();
  const last = index.failure;
  // Timers of equal length fire in the order in which they were set: another attempt would come before this.
  await sleep(1);
  t.equal(index.failure, last);
});

t.test('recent digests keep serials in order and sort by prefix', async (t) => {
  const recent = new RecentDigests();
  const [low, middle, high] = [2 ** 20, 2 ** 40, 2 ** 48 - 1];
  const known = [recent.add(middle, 1), recent.add(low, 2), recent.add(middle, 3), recent.add(high, 4)];
  t.same(known, [false, false, true, false]);
  t.same([recent.first(middle), recent.first(high), recent.first(9)], [1, 4, undefined]);
  t.equal(recent.entries, 4);
  t.same(recent.sorted(), [low, 2, middle, 1, middle, 3, high, 4]);
  t.same(recent.earliest(middle, 1), [1]);
  t.same(recent.newest(middle, 3, 9), [1]);
  t.same(recent.newest(9, 3, 9), []);
});

t.test('a record whose two digests begin alike has one entry', (t) => {
  const recent = new RecentDigests();
  const known = [recent.add(7, 1), recent.add(7, 1), recent.add(7, 2), recent.add(7, 2)];
  t.same(known, [false, false, true, true], 'it is no earlier record of itself');
  t.equal(recent.entries, 2);
  t.same(recent.newest(7, 9, 9), [2, 1]);
  t.end();
});
