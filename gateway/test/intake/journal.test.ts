import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeEntry } from '@hufu/proof';
import { sql } from 'kysely';
import t, { type Test } from 'tap';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { DigestIndex } from '../../src/db/digest-index.ts';
import { readNextSerial, readNextUncut, readUnfinalized } from '../../src/db/submission-store.ts';
import { EarlierFinder, type Sought } from '../../src/intake/earlier.ts';
import { Journal, type JournalOptions, type Post } from '../../src/intake/journal.ts';
import { until } from '../support/until.ts';

interface Opened {
  readonly database: Database;
  readonly index: DigestIndex;
  readonly journal: Journal;
  readonly commits: number[];
}

async function open(
  t: Test,
  options: Partial<JournalOptions> = {},
  Finder: typeof EarlierFinder = EarlierFinder,
): Promise<Opened> {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-journal-'));
  const database = await openDatabase(directory);
  t.teardown(async () => {
    await database.destroy();
    rmSync(directory, { recursive: true });
  });
  const index = await DigestIndex.open(database, { onFailure: () => {} });
  t.teardown(() => index.close());
  const commits: number[] = [];
  const journal = await Journal.open(database, index, new Finder(database, index), {
    gateway: 3,
    maxQueuedRecords: 1_000,
    maxUnfinalizedRecords: 10_000,
    maxSubmissionRecords: 100,
    isDenied: () => false,
    sign: () => new Uint8Array(64).fill(7),
    onCommit: (records) => commits.push(records),
    onFailure: () => {},
    onLookUpFailure: () => {},
    ...options,
  });
  return { database, index, journal, commits };
}

let count = 0;

function post(records: number): Post {
  return {
    records: Array.from({ length: records }, () => {
      count += 1;
      return { digests: { sha256: createHash('sha256').update(`${count}`).digest() } };
    }),
    receivedAtMs: 1_000,
    apiKey: 1,
  };
}

t.test('posts of one turn share a transaction, each with consecutive serials of its own', async (t) => {
  const { journal, commits, database } = await open(t);
  const recorded = await Promise.all([post(2), post(1), post(3)].map((one) => journal.append(one)));
  t.match(recorded, [
    { value: { firstSerial: 0 } },
    { value: { firstSerial: 2 } },
    { value: { firstSerial: 3 } },
  ]);
  t.same(commits, [6]);
  const rows = await database.selectFrom('evidence').selectAll().orderBy('serial').execute();
  for (const [i, { serial, entry }] of rows.entries()) {
    t.equal(serial, i);
    t.match(decodeEntry(entry), { value: { gateway: 3, serial: i, claimedTimeMs: 1_000 } });
  }
});

t.test('a full queue refuses before anything is promised, and takes again when there is room', async (t) => {
  const { journal } = await open(t, { maxQueuedRecords: 5 });
  const first = journal.append(post(5));
  t.same(await journal.append(post(1)), { ok: false, error: 'overloaded' });
  t.match(await first, { ok: true });
  t.match(await journal.append(post(1)), { value: { firstSerial: 5 } });
});

t.test('too many records that are not final stop intake until some are', async (t) => {
  const { journal } = await open(t, { maxUnfinalizedRecords: 4 });
  await journal.append(post(4));
  t.same(await journal.append(post(1)), { ok: false, error: 'overloaded' });
  journal.finalizedBelow = 2;
  t.match(await journal.append(post(1)), { ok: true });
});

t.test('a submission waits for as many records as were asked for, until any number will do', async (t) => {
  const { journal } = await open(t);
  const waiting = journal.nextSubmission(10);
  await journal.append(post(9));
  t.equal(journal.nextUncut, 0);
  await journal.append(post(1));
  t.match(await waiting, { firstSerial: 0, records: { length: 10 } });
  const small = journal.nextSubmission(10);
  await journal.append(post(2));
  journal.cutSoon();
  t.match(await small, { firstSerial: 10, records: { length: 2 } });
  const empty = journal.nextSubmission(10);
  journal.cutSoon();
  await journal.append(post(1));
  t.match(await empty, { firstSerial: 12, records: { length: 1 } });
});

t.test(
  'a submission is fixed with its records in one transaction, in order and within its size',
  async (t) => {
    const { journal, database } = await open(t);
    const waiting = journal.nextSubmission(1);
    await journal.append(post(30));
    const first = await waiting;
    t.match(first, { gateway: 3, firstSerial: 0, records: { length: 30 } });
    await journal.append(post(150));
    t.match(await journal.nextSubmission(1), { firstSerial: 30, records: { length: 100 } });
    t.match(await journal.nextSubmission(1), { firstSerial: 130, records: { length: 50 } });
    t.equal(await readNextUncut(database), 180);
    const stored = await readUnfinalized(database, 3);
    t.same(
      stored.map(({ firstSerial, records }) => [firstSerial, records.length]),
      [
        [0, 30],
        [30, 100],
        [130, 50],
      ],
    );
    t.same(stored[0], first, 'the same bytes after a restart');
  },
);

t.test(
  'a transaction that fails records nothing, answers nobody, and gives its serials to others',
  async (t) => {
    const { journal, database } = await open(t);
    await journal.append(post(1));
    await sql`create trigger full before insert on evidence when new.serial = 3
    begin select raise(abort, 'disk full'); end`.execute(database);
    await t.rejects(journal.append(post(3)), /disk full/);
    t.equal(await readNextSerial(database), 1);
    t.match(await journal.append(post(2)), { value: { firstSerial: 1 } });
    await sql`drop trigger full`.execute(database);
    t.match(await journal.append(post(1)), { value: { firstSerial: 3 } });
  },
);

t.test(
  'a digest index that is full and cannot be written refuses posts, and cuts what there is',
  async (t) => {
    const { index, journal, database } = await open(t);
    await sql`create trigger full before insert on digest
    begin select raise(abort, 'disk full'); end`.execute(database);
    await journal.append(post(1));
    for (let serial = 1; !index.isStuck && serial < 400_000; serial++) {
      const sha256 = new Uint8Array(32);
      new DataView(sha256.buffer).setUint32(0, serial);
      index.note(serial, { sha256 });
      if (serial % 65_536 === 0) await index.settle().catch(() => {});
    }
    t.same(await journal.append(post(1)), { ok: false, error: 'overloaded' });
    t.match(await journal.nextSubmission(1), { firstSerial: 0, records: { length: 1 } });
    await sql`drop trigger full`.execute(database);
    await until('a merge', () => index.failure === undefined);
    t.match(await journal.append(post(1)), { value: { firstSerial: 1 } });
  },
);

t.test(
  'posts of new records are answered together, so that those who go on share the next one',
  async (t) => {
    const { journal, commits } = await open(t);
    const stream = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) t.match(await journal.append(post(300)), { ok: true });
    };
    await Promise.all([stream(), stream(), stream()]);
    t.same(commits, [900, 900, 900]);
  },
);

t.test(
  'what arrives before posts of new records are answered shares a transaction with what follows',
  async (t) => {
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    class SlowFinder extends EarlierFinder {
      override async suspects(sought: readonly Sought[]): Promise<readonly Sought[]> {
        await gate;
        return super.suspects(sought);
      }
    }
    const { journal, commits } = await open(t, {}, SlowFinder);
    const first = journal.append(post(1)).then(() => journal.append(post(2)));
    await until('the first is durable', () => commits.length === 1);
    const second = journal.append(post(3));
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    release();
    await Promise.all([first, second]);
    t.same(commits, [1, 5]);
  },
);

t.test('a long post that is looked for holds up no record of others, and stays counted', async (t) => {
  const { promise: gate, resolve: release } = Promise.withResolvers<void>();
  class SlowFinder extends EarlierFinder {
    override async equals(suspects: readonly Sought[]): ReturnType<EarlierFinder['equals']> {
      if (suspects.length > 256) await gate;
      return super.equals(suspects);
    }
  }
  const { journal } = await open(t, { maxQueuedRecords: 600 }, SlowFinder);
  const long = post(300);
  t.match(await journal.append(long), { value: { firstSerial: 0, earlier: { length: 300 } } });
  const first = journal.append(long);
  t.match(await journal.append(post(1)), { value: { firstSerial: 600 } });
  const few = { ...long, records: [...post(298).records, ...long.records.slice(0, 2)] };
  t.match(await journal.append(few), { value: { firstSerial: 601, earlier: { 298: [{ serial: 0 }, {}] } } });
  t.match(await journal.nextSubmission(1), { firstSerial: 0, records: { length: 100 } });
  const second = journal.append(long);
  t.match(await journal.append(post(1)), { error: 'overloaded' }, 'memory is bounded');
  await until('the second is durable', () => journal.nextSerial === 1_201);
  let settled = false;
  const settling = journal.settle().then(() => {
    settled = true;
  });
  t.equal(journal.queuedRecords, 600);
  t.notOk(settled);
  release();
  t.match(await first, { value: { firstSerial: 300, earlier: { 299: [{ serial: 299 }] } } });
  t.match(await second, {
    value: { firstSerial: 901, earlier: { 299: [{ serial: 299 }, { serial: 599 }] } },
  });
  t.equal(journal.queuedRecords, 0);
  await settling;
});

t.test('a look-up that fails takes nothing back: the post is durable and answered so', async (t) => {
  const failures: unknown[] = [];
  const { journal, database } = await open(t, {
    onFailure: (error) => t.fail(String(error)),
    onLookUpFailure: (error) => failures.push(error),
  });
  const repeated = post(2);
  await journal.append(repeated);
  await sql`alter table digest rename to away`.execute(database);
  t.match(await journal.append(repeated), { ok: true, value: { firstSerial: 2, earlier: [[], []] } });
  t.match(failures, [{ message: /no such table: digest/ }]);
  t.equal(await readNextSerial(database), 4);
  await sql`alter table away rename to digest`.execute(database);
  t.match(await journal.append(repeated), { value: { earlier: [[{ serial: 0 }, { serial: 2 }], {}] } });
});

t.test('a closed journal records what it has and refuses the rest, for the first reason given', async (t) => {
  const { journal } = await open(t);
  const last = journal.append(post(1));
  journal.close('draining');
  journal.close('ledger-conflict');
  t.same(await journal.append(post(1)), { ok: false, error: 'draining' });
  t.match(await last, { ok: true });
  await journal.settle();
  t.equal(journal.queuedRecords, 0);
});
