import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asEpoch, asHeight, asView } from '@hufu/consensus';
import fc from 'fast-check';
import t from 'tap';
import { openWal, type Wal, type WalOptions } from '../../src/store/wal.ts';
import type { LoggedRecord } from '../../src/wire/index.ts';
import { temporaryDirectory } from '../support/grown-store.ts';
import { logRecord } from '../wire/arbitraries.ts';

/** Opens a log that must be whole. */
async function opened(
  options: WalOptions,
): Promise<{ readonly wal: Wal; readonly records: readonly LoggedRecord[] }> {
  const result = await openWal(options);
  if (!result.ok) throw new Error(result.findings.join());
  return result;
}

async function isDamaged(options: WalOptions): Promise<boolean> {
  const result = await openWal(options);
  if (result.ok) await result.wal.close();
  return !result.ok;
}

function notarize(view: number): LoggedRecord {
  const digest = new Uint8Array(32).fill(view % 256);
  const vote = { kind: 'notarize', view: asView(view), height: asHeight(view), digest } as const;
  return { epoch: asEpoch(0), record: { type: 'vote', vote } };
}

const NEW = { expected: undefined, mustExist: false } as const;
const SMALL = { segmentBytes: 500 } as const;

t.test('records come back as they were, oldest first', async (t) => {
  const directory = await temporaryDirectory(t);
  const { wal } = await opened({ directory, ...NEW });
  const records = fc.sample(logRecord, 60);
  for (let i = 0; i < records.length; i += 5) await wal.append(records.slice(i, i + 5));
  await wal.close();
  const again = await opened({ directory, expected: undefined, mustExist: true });
  t.strictSame(again.records, records);
  await again.wal.close();
});

t.test(
  'segments of old views are deleted, oldest first, and what there must be is known before',
  async (t) => {
    const directory = await temporaryDirectory(t);
    const { wal } = await opened({ directory, ...NEW, ...SMALL });
    for (let view = 1; view <= 100; view++) await wal.append([notarize(view)]);
    const extent = wal.extentFor(60);
    t.equal(extent.last, 100);
    t.ok(extent.first > 40 && extent.first <= 60, `${extent.first}`);
    // What is appended in between, and opens a new segment, does not change what is deleted.
    for (let view = 101; view <= 120; view++) await wal.append([notarize(1)]);
    await wal.prune(extent);
    await wal.close();
    const again = await opened({ directory, expected: extent, mustExist: true, ...SMALL });
    t.strictSame(again.records[0], notarize(extent.first));
    t.strictSame(again.records.at(-1), notarize(1));
    t.strictSame(again.wal.extentFor(0), { first: extent.first, last: 120 });
    const ownView = again.wal.extentFor(extent.first);
    t.equal(ownView.first, extent.first, 'what is about the tip’s own view is still needed');
    await again.wal.close();
  },
);

t.test('a record of a later view keeps its segment', async (t) => {
  const directory = await temporaryDirectory(t);
  const { wal } = await opened({ directory, ...NEW, ...SMALL });
  await wal.append([notarize(1_000)]);
  for (let view = 1; view <= 50; view++) await wal.append([notarize(view)]);
  await wal.prune(wal.extentFor(500));
  t.equal(wal.extentFor(500).first, 1);
  await wal.close();
});

t.test('a log that is not what the database says is damaged', async (t) => {
  const whole = await temporaryDirectory(t);
  const { wal } = await opened({ directory: whole, ...NEW, ...SMALL });
  for (let view = 1; view <= 100; view++) await wal.append([notarize(view)]);
  const expected = wal.extentFor(60);
  const old = join(await temporaryDirectory(t), 'old');
  await cp(whole, old, { recursive: true });
  for (let view = 101; view <= 130; view++) await wal.append([notarize(view)]);
  const later = wal.extentFor(60);
  await wal.close();
  const names = (await readdir(whole)).sort();

  const must = { mustExist: true, ...SMALL };
  t.equal(await isDamaged({ directory: whole, expected: later, ...must }), false, 'the whole one is not');
  t.equal(await isDamaged({ directory: old, expected, ...must }), false);
  t.ok(await isDamaged({ directory: old, expected: later, ...must }), 'an older copy was put back');
  t.ok(await isDamaged({ directory: join(whole, 'none'), expected: later, ...must }), 'no directory');
  t.ok(
    await isDamaged({ directory: await temporaryDirectory(t), expected: undefined, ...must }),
    'empty directory',
  );
  await rm(join(whole, names.at(-1) ?? ''));
  t.ok(await isDamaged({ directory: whole, expected: later, ...must }), 'the newest segment is gone');
  for (const name of (await readdir(old)).filter((each) => Number.parseInt(each, 10) <= later.first)) {
    await rm(join(old, name));
  }
  t.ok(await isDamaged({ directory: old, expected, ...must }), 'the oldest needed segment is gone');
  t.ok(
    await isDamaged({ directory: old, expected: undefined, mustExist: false, ...SMALL }),
    'a pruned log, no database',
  );
});
