import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeEntry } from '@hufu/proof';
import t, { type Test } from 'tap';
import { BulkInsert } from '../../src/db/bulk.ts';
import { openDatabase } from '../../src/db/database.ts';
import { DigestIndex } from '../../src/db/digest-index.ts';
import { EarlierFinder, type EarlierRecord } from '../../src/intake/earlier.ts';
import type { NewRecord } from '../../src/intake/record.ts';

const insert = new BulkInsert('evidence', ['serial', 'entry', 'received_at_ms', 'api_key']);

const sha256 = (n: number): Uint8Array => createHash('sha256').update(`${n}`).digest();
const sm3 = (n: number): Uint8Array => sha256(-1 - n);
const recordOf = (n: number): NewRecord => ({ digests: { sha256: sha256(n), sm3: sm3(n) } });

interface Opened {
  readonly finder: EarlierFinder;
  /** Makes records durable; they are received at 1,000 ms and their serial. */
  store(records: readonly NewRecord[], firstSerial: number): Promise<void>;
  /** Statements executed so far. */
  statements(): number;
}

async function open(t: Test): Promise<Opened> {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-earlier-'));
  let statements = 0;
  const opened = await openDatabase(directory);
  const database = opened.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      statements += 1;
      return result;
    },
  });
  t.teardown(async () => {
    await opened.destroy();
    rmSync(directory, { recursive: true });
  });
  const index = await DigestIndex.open(database, { onFailure: (error) => t.fail(String(error)) });
  return {
    finder: new EarlierFinder(database, index),
    store: (records, firstSerial) => {
      const rows = records.flatMap((record, i) => {
        const serial = firstSerial + i;
        return [serial, encodeEntry({ gateway: 0, serial, claimedTimeMs: 1, ...record }), 1_000 + serial, 1];
      });
      return opened.transaction().execute((transaction) => insert.run(transaction, rows));
    },
    statements: () => statements,
  };
}

const serialsOf = (found: readonly (readonly EarlierRecord[])[]): readonly (readonly number[])[] =>
  found.map((earlier) => earlier.map(({ serial }) => serial));

t.test('the earliest ten with one of the digests, of earlier posts and of the same', async (t) => {
  const { finder, store } = await open(t);
  const before = [recordOf(1), { digests: { sha256: sha256(2) } }, { digests: { sm3: sm3(2) } }];
  await store(before, 0);
  t.same(serialsOf(await finder.find(finder.note(before, 0))), [[], [], []]);
  const post = [recordOf(2), recordOf(3), ...new Array<NewRecord>(11).fill(recordOf(1))];
  await store(post, 3);
  const found = await finder.find(finder.note(post, 3));
  const same = Array.from({ length: 11 }, (_, i) => [0, 5, 6, 7, 8, 9, 10, 11, 12, 13].slice(0, i + 1));
  t.same(serialsOf(found), [[1, 2], [], ...same]);
  t.same(found[0]?.[1], { serial: 2, receivedAtMs: 1_002 });
  t.same(await finder.find(finder.noted(post, 3)), found, 'the same when asked again');
});

t.test('a digest that only begins alike is no equal', async (t) => {
  const { finder, store } = await open(t);
  const alike = (last: number): NewRecord => ({ digests: { sha256: new Uint8Array(32).fill(last, 31) } });
  const post = [alike(1), alike(2), alike(1)];
  await store(post, 0);
  t.same(serialsOf(await finder.find(finder.note(post, 0))), [[], [], [0]]);
});

t.test('a thousand records that are the same, or recorded before, cost a few statements', async (t) => {
  const { finder, store, statements } = await open(t);
  const same = new Array<NewRecord>(1_000).fill(recordOf(0));
  const other = Array.from({ length: 1_000 }, (_, i) => recordOf(1 + i));
  await store([...same, ...other], 0);
  await finder.find(finder.note([...same, ...other], 0));
  for (const [records, firstSerial] of [[same, 0] as const, [other, 1_000] as const]) {
    const before = statements();
    await finder.find(finder.noted(records, firstSerial));
    t.ok(statements() - before < 100, `${statements() - before} statements`);
  }
});

t.test('finding gives the event loop a turn every 256 records', async (t) => {
  const { finder, store } = await open(t);
  const post = Array.from({ length: 1_000 }, (_, i) => recordOf(i));
  await store(post, 0);
  let turns = 0;
  let done = false;
  const count = (): void => {
    turns += 1;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await finder.find(finder.note(post, 0));
  done = true;
  t.ok(turns >= 3, `${turns} turns`);
});
