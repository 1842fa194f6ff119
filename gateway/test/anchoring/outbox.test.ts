import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Submission } from '@hufu/proof';
import t, { type Test } from 'tap';
import { Outbox } from '../../src/anchoring/outbox.ts';
import { openDatabase } from '../../src/db/database.ts';
import { DigestIndex } from '../../src/db/digest-index.ts';
import { EarlierFinder } from '../../src/intake/earlier.ts';
import { Journal, type Post } from '../../src/intake/journal.ts';

/** Longer than any test takes. */
const FOREVER_MS = 600_000;

async function open(
  t: Test,
  maxLingerMs: number,
): Promise<{ readonly outbox: Outbox; readonly journal: Journal }> {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-outbox-'));
  const database = await openDatabase(directory);
  t.teardown(async () => {
    await database.destroy();
    rmSync(directory, { recursive: true });
  });
  const index = await DigestIndex.open(database, { onFailure: () => {} });
  const journal = await Journal.open(database, index, new EarlierFinder(database, index), {
    gateway: 3,
    maxQueuedRecords: 10_000,
    maxUnfinalizedRecords: 10_000,
    maxSubmissionRecords: 2_000,
    isDenied: () => false,
    sign: () => new Uint8Array(64).fill(7),
    onCommit: () => {},
    onFailure: (error) => t.fail(String(error)),
    onLookUpFailure: (error) => t.fail(String(error)),
  });
  return { journal, outbox: await Outbox.open(database, journal, { gateway: 3, maxLingerMs }) };
}

function post(records: number): Post {
  return {
    records: Array.from({ length: records }, (_, at) => ({
      digests: { sha256: createHash('sha256').update(`${at}`).digest() },
    })),
    receivedAtMs: 1_000,
    apiKey: 1,
  };
}

/** Follows the outbox as a session does: `taken` are the submissions handed over, each once. */
function follow(t: Test, outbox: Outbox): readonly Submission[] {
  const end = new AbortController();
  const taken: Submission[] = [];
  let cursor = 0;
  const run = async (): Promise<void> => {
    for (;;) {
      const submission = await outbox.next(() => cursor, end.signal);
      if (submission === undefined) return;
      cursor = submission.firstSerial + submission.records.length;
      taken.push(submission);
    }
  };
  const done = run();
  t.teardown(async () => {
    end.abort();
    await done;
    outbox.close();
  });
  return taken;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

t.test('a lone record leaves at once, the next ones together when it is final', async (t) => {
  const { outbox, journal } = await open(t, FOREVER_MS);
  const taken = follow(t, outbox);
  await journal.append(post(1));
  await until(() => taken.length === 1);
  for (let i = 0; i < 5; i++) await journal.append(post(1));
  t.equal(journal.nextUncut, 1, 'small ones wait while one is on its way');
  outbox.remove(taken);
  await until(() => taken.length === 2);
  t.match(taken[1], { firstSerial: 1, records: { length: 5 } });
});

t.test('a full submission does not wait, one record less does', async (t) => {
  const { outbox, journal } = await open(t, FOREVER_MS);
  const taken = follow(t, outbox);
  await journal.append(post(1));
  await until(() => taken.length === 1);
  await journal.append(post(1_999));
  t.equal(journal.nextUncut, 1);
  await journal.append(post(1));
  await until(() => taken.length === 2);
  t.match(taken[1], { firstSerial: 1, records: { length: 2_000 } });
});

t.test('a small submission waits no longer than the linger, final or not', async (t) => {
  const { outbox, journal } = await open(t, 1);
  const taken = follow(t, outbox);
  await journal.append(post(1));
  await until(() => taken.length === 1);
  await journal.append(post(1));
  await until(() => taken.length === 2);
  t.match(taken[1], { firstSerial: 1, records: { length: 1 } });
});

t.test('a session that ends while no record arrives leaves nothing behind', async (t) => {
  const { outbox } = await open(t, FOREVER_MS);
  t.teardown(() => outbox.close());
  /** Waits as a session does, until it ends; all that is left of it is the reference. */
  const endOne = async (): Promise<WeakRef<AbortSignal>> => {
    const end = new AbortController();
    const next = outbox.next(() => 0, end.signal);
    end.abort();
    t.equal(await next, undefined);
    return new WeakRef(end.signal);
  };
  const ended = await endOne();
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  await nextTurn();
  collectGarbage();
  t.equal(ended.deref(), undefined);
});
