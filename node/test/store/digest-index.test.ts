import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash, u64be } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import type { DigestList } from '../../src/ledger/index.ts';
import { DigestIndex } from '../../src/store/digest-index/digest-index.ts';
import { Memtable } from '../../src/store/digest-index/memtable.ts';
import { temporaryDirectory } from '../support/grown-store.ts';

/** Small tables, so that a few thousand digests make several generations of runs. */
const TABLE = 2_048;

function digestOf(n: number): Uint8Array {
  return hash('sha256', u64be(n));
}

/** Two digests for each record, as an entry with both hashes has. */
function twoEach(firstIndex: number, count: number): DigestList {
  const bytes = new Uint8Array(count * 64);
  const records = new Uint32Array(count * 2);
  for (let i = 0; i < count * 2; i++) {
    bytes.set(digestOf(firstIndex * 2 + i), i * 32);
    records[i] = Math.floor(i / 2);
  }
  return { bytes, records };
}

function oneEach(digests: readonly Uint8Array[]): DigestList {
  return { bytes: Buffer.concat(digests), records: Uint32Array.from(digests.keys()) };
}

async function addAll(index: DigestIndex, from: number, to: number, step: number): Promise<void> {
  for (let first = from; first < to; first += step) {
    const count = Math.min(step, to - first);
    index.add(first, count, twoEach(first, count));
    await index.ready();
  }
}

t.test(
  'every digest is found, from memory, from runs and from merged runs, after a restart too',
  async (t) => {
    const directory = await temporaryDirectory(t);
    // 38 tables of digests and a bit: 16 merged twice, 16 more, 4 merged once, two runs, and a table.
    const total = 19 * TABLE + 555;
    let index = await DigestIndex.open(directory, 0, TABLE);
    await addAll(index, 0, total, 701);
    const samples = Array.from({ length: 300 }, (_, i) => Math.floor((i * total) / 300));
    for (const record of samples) {
      t.strictSame(await index.find(digestOf(record * 2), 5), [record]);
      t.strictSame(await index.find(digestOf(record * 2 + 1), 5), [record]);
    }
    t.strictSame(await index.find(digestOf(total * 2 + 9), 5), []);
    await index.close();

    index = await DigestIndex.open(directory, total, TABLE);
    const covered = index.coveredTo;
    t.ok(covered > 0 && covered <= total);
    await addAll(index, covered, total, 500);
    for (const record of samples) t.strictSame(await index.find(digestOf(record * 2), 5), [record]);
    await index.close();
  },
);

t.test('four runs of one size become one, at about 24 bytes a digest', async (t) => {
  const directory = await temporaryDirectory(t);
  const index = await DigestIndex.open(directory, 0, TABLE);
  await addAll(index, 0, 4 * TABLE, 100);
  await index.idle();
  t.equal(index.runCount, 2, 'eight runs are two');
  const digests = 8 * TABLE;
  t.ok(index.sizeBytes / digests < 24.2, `${index.sizeBytes / digests}`);
  t.equal((await readdir(directory)).length, 2);
  await index.close();
});

t.test('the newest come first, and no more than asked for', async (t) => {
  const directory = await temporaryDirectory(t);
  const index = await DigestIndex.open(directory, 0, TABLE);
  const same = digestOf(1);
  // So many that they fill tables, blocks and runs of their own.
  const count = 6 * TABLE;
  for (let first = 0; first < count; first += 512) {
    index.add(first, 512, oneEach(Array.from({ length: 512 }, () => same)));
    await index.ready();
  }
  await index.idle();
  t.strictSame(await index.find(same, 3), [count - 1, count - 2, count - 3]);
  const all = await index.find(same, 2 * count);
  t.equal(all.length, count);
  t.ok(all.every((record, i) => record === count - 1 - i));
  t.strictSame(await index.find(same, 0), []);
  await index.close();
});

t.test('records without digests are covered like others', async (t) => {
  const index = await DigestIndex.open(await temporaryDirectory(t), 0, TABLE);
  index.add(0, 10, oneEach([]));
  index.add(10, 2, { bytes: digestOf(7), records: Uint32Array.of(1) });
  t.equal(index.coveredTo, 12);
  t.strictSame(await index.find(digestOf(7), 9), [11]);
  t.throws(() => index.add(11, 1, oneEach([digestOf(8)])), /record 11 after 12/);
  await index.close();
});

t.test(
  'a run that is damaged, torn or of a longer log is not used, and what it covered is missing',
  async (t) => {
    const cases: Readonly<Record<string, (path: string) => Promise<void>>> = {
      'a torn end': async (path) => writeFile(path, (await readFile(path)).subarray(0, -1)),
      'an altered footer': async (path) => {
        const file = await readFile(path);
        file.writeUInt8(file.readUInt8(file.length - 12) ^ 1, file.length - 12);
        await writeFile(path, file);
      },
      'an altered fence': async (path) => {
        const file = await readFile(path);
        file.writeUInt8(file.readUInt8(file.length - 50) ^ 1, file.length - 50);
        await writeFile(path, file);
      },
      'an empty file': (path) => writeFile(path, ''),
      'a missing file': (path) => rm(path),
    };
    for (const [name, damage] of Object.entries(cases)) {
      const directory = await temporaryDirectory(t);
      const index = await DigestIndex.open(directory, 0, TABLE);
      await addAll(index, 0, TABLE, 99);
      await index.idle();
      await index.close();
      const [first, second] = (await readdir(directory)).sort();
      if (first === undefined || second === undefined) throw new Error('two runs');
      await damage(join(directory, second));
      await writeFile(join(directory, 'left-over.run.tmp'), 'x');
      const again = await DigestIndex.open(directory, TABLE);
      t.equal(again.coveredTo, TABLE / 2, name);
      t.strictSame(await readdir(directory), [first]);
      await again.close();
      const shorter = await DigestIndex.open(directory, 100);
      t.equal(shorter.coveredTo, 0, 'the log is shorter than the run');
      await shorter.close();
    }
  },
);

t.test('an altered block is reported, not searched', async (t) => {
  const directory = await temporaryDirectory(t);
  const index = await DigestIndex.open(directory, 0, TABLE);
  await addAll(index, 0, TABLE / 2, 100);
  await index.idle();
  const [name] = await readdir(directory);
  const path = join(directory, name ?? '');
  const file = await readFile(path);
  for (let at = 0; at < file.length - 200; at += 8_000) file.writeUInt8(file.readUInt8(at) ^ 1, at);
  await writeFile(path, file);
  await t.rejects(index.find(Buffer.alloc(32, 0x10), 5), /damaged/);
  await index.close();
});

t.test('a table sorts as bytes do, however digests repeat', async (t) => {
  const digest = fc
    .tuple(fc.constantFrom(0, 1, 255), fc.nat(2), fc.nat(255))
    .map(([head, middle, tail]) => Buffer.alloc(32, head).fill(middle, 4, 6).fill(tail, 15, 16));
  fc.assert(
    fc.property(fc.array(digest, { maxLength: 300 }), (digests) => {
      const table = new Memtable(5, TABLE);
      table.add(5, oneEach(digests), 0);
      const sorted = table.sorted();
      const entries = Array.from({ length: digests.length }, (_, i) => sorted.subarray(i * 24, i * 24 + 24));
      t.strictSame(entries, entries.toSorted(Buffer.compare));
      t.strictSame(
        entries.map((entry) => Number(entry.readBigUInt64BE(16))).sort((a, b) => a - b),
        digests.map((_, i) => i + 5),
      );
      for (const wanted of digests) {
        const expected = [...digests.entries()].filter(([, each]) => each.equals(wanted)).map(([i]) => i + 5);
        t.strictSame(table.find(wanted.subarray(0, 16), 1_000), expected.reverse());
      }
    }),
    { numRuns: 30 },
  );
});
