import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { type Files, machineFiles } from '../../src/store/files.ts';
import { type OpenResult, openSegmentLog, type SegmentLog } from '../../src/store/segment-log.ts';
import type { ItemLocation, LogPosition } from '../../src/store/segment-scan.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { temporaryDirectory } from '../support/grown-store.ts';

const SEGMENT_BYTES = 600;

interface Reading {
  readonly result: OpenResult;
  readonly items: readonly string[];
}

/** Opens a log and reads it as text. */
async function read(directory: string, from?: LogPosition, mustExist = true): Promise<Reading> {
  const items: string[] = [];
  const result = await openSegmentLog({
    directory,
    segmentBytes: SEGMENT_BYTES,
    mustExist,
    from,
    visit: ({ bytes }) => items.push(Buffer.from(bytes).toString()),
  });
  return { result, items };
}

async function created(directory: string): Promise<SegmentLog> {
  const { result } = await read(directory, undefined, false);
  if (!result.ok) throw new Error(result.findings.join());
  return result.log;
}

async function append(log: SegmentLog, ...items: readonly string[]): Promise<readonly ItemLocation[]> {
  let found: readonly ItemLocation[] = [];
  await log.append(
    items.map((item) => Buffer.from(item)),
    (locations) => {
      found = locations;
    },
  );
  return found;
}

/** What a log holds after opening it, which must succeed; it is closed again. */
async function held(directory: string, from?: LogPosition): Promise<readonly string[]> {
  const { result, items } = await read(directory, from);
  if (!result.ok) throw new Error(result.findings.join());
  await result.log.close();
  return items;
}

async function findings(directory: string, from?: LogPosition): Promise<readonly string[]> {
  const { result } = await read(directory, from);
  if (result.ok) await result.log.close();
  return result.ok ? [] : result.findings;
}

/** A log of three frames in one segment: ['one'], ['two', 'three'], ['four']. */
async function threeFrames(test: Test) {
  const directory = await temporaryDirectory(test);
  const log = await created(directory);
  await append(log, 'one');
  await append(log, 'two', 'three');
  const { offset: lastFrame } = log.position;
  await append(log, 'four');
  const { offset: end } = log.position;
  await log.close();
  const path = join(directory, '0000000000000001.log');
  return { directory, path, file: await readFile(path), lastFrame, end };
}

t.test('appends of one turn share a frame, and every item can be read back', async (t) => {
  const directory = await temporaryDirectory(t);
  const log = await created(directory);
  const locations = (await Promise.all(['a', 'bb', 'ccc'].map((item) => append(log, item)))).flat();
  t.equal(log.position.nextSequence, 2, 'one frame');
  const texts = await Promise.all(
    locations.map(async (place) => Buffer.from(await log.read(place)).toString()),
  );
  t.strictSame(texts, ['a', 'bb', 'ccc']);
  await log.close();
  t.strictSame(await held(directory), ['a', 'bb', 'ccc']);
});

t.test('segments follow each other without a gap, and are read from any noted position', async (t) => {
  const directory = await temporaryDirectory(t);
  const log = await created(directory);
  const items = Array.from({ length: 40 }, (_, i) => `item ${i} ${'.'.repeat(i)}`);
  const positions: LogPosition[] = [];
  for (const item of items) {
    positions.push(log.position);
    await append(log, item);
  }
  t.ok(log.segments.length > 3);
  await log.close();
  for (const [i, position] of positions.entries())
    t.strictSame(await held(directory, position), items.slice(i));
});

t.test('a write cut off at any byte of the last frame is cut away, and the log goes on', async (t) => {
  const { directory, path, file, lastFrame, end } = await threeFrames(t);
  for (let size = lastFrame; size < end; size++) {
    await writeFile(path, file.subarray(0, size));
    const { result, items } = await read(directory);
    if (!result.ok) throw new Error(result.findings.join());
    t.strictSame(items, ['one', 'two', 'three'], `cut at ${size}`);
    t.equal(result.tornBytes, size - lastFrame);
    await append(result.log, 'five');
    await result.log.close();
    t.strictSame(await held(directory), ['one', 'two', 'three', 'five']);
  }
});

t.test('a last frame of which the end is zeros, as after a power cut, is cut away', async (t) => {
  const { directory, path, file, lastFrame, end } = await threeFrames(t);
  for (let zeros = lastFrame; zeros < end; zeros++) {
    const torn = Buffer.from(file);
    torn.fill(0, zeros);
    await writeFile(path, Buffer.concat([torn, Buffer.alloc(zeros % 3 === 0 ? 4_096 : 0)]));
    t.strictSame(await held(directory), ['one', 'two', 'three'], `zeros from ${zeros}`);
  }
});

t.test('any altered bit in what was durable is found, and no file is touched', async (t) => {
  const { directory, path, file } = await threeFrames(t);
  for (let at = 0; at < file.length; at++) {
    const altered = Buffer.from(file);
    altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8));
    await writeFile(path, altered);
    t.equal((await findings(directory)).length, 1, `byte ${at}`);
    t.ok((await readFile(path)).equals(altered));
  }
});

t.test('a missing, shortened or emptied segment is found', async (t) => {
  const whole = await temporaryDirectory(t);
  const log = await created(whole);
  for (let i = 0; i < 30; i++) await append(log, `item ${i} ${'.'.repeat(40)}`);
  const { position } = log;
  await log.close();
  const names = (await readdir(whole)).sort();
  t.ok(names.length >= 4);
  const [, second, third] = names;
  const last = names.at(-1);
  if (second === undefined || third === undefined || last === undefined) throw new Error('segments');
  const cases: Readonly<Record<string, (directory: string) => Promise<void>>> = {
    'a segment in the middle is missing': (directory) => rm(join(directory, second)),
    'a segment in the middle is shorter': (directory) => truncate(join(directory, third), 100),
    'a segment in the middle ends a frame early': async (directory) => {
      const file = await readFile(join(directory, second));
      // Every item here has the same size, so the last frame begins one frame before the end.
      const frames = Math.round((file.length - 20) / 88);
      await truncate(join(directory, second), 20 + Math.floor((file.length - 20) / frames) * (frames - 1));
    },
    'a segment in the middle is empty': (directory) => truncate(join(directory, third), 0),
    'all segments are gone': async (directory) => {
      for (const name of names) await rm(join(directory, name));
    },
    'the directory is gone': (directory) => rm(directory, { recursive: true }),
  };
  for (const [name, damage] of Object.entries(cases)) {
    const copy = join(await temporaryDirectory(t), 'copy');
    await cp(whole, copy, { recursive: true });
    await damage(copy);
    t.equal((await findings(copy)).length, 1, name);
  }
  const cutOff = join(await temporaryDirectory(t), 'copy');
  await cp(whole, cutOff, { recursive: true });
  await rm(join(cutOff, last));
  t.strictSame(await findings(cutOff), [], 'by itself it looks whole');
  t.equal((await findings(cutOff, position)).length, 1, 'but not from the position that was noted');
});

t.test('a segment whose creation was cut off is made again', async (t) => {
  const { directory } = await threeFrames(t);
  const next = join(directory, '0000000000000004.log');
  for (const torn of [Buffer.alloc(0), Buffer.from('HUFU'), Buffer.alloc(20)]) {
    await writeFile(next, torn);
    t.strictSame(await held(directory), ['one', 'two', 'three', 'four']);
  }
  const { result } = await read(directory);
  if (!result.ok) throw new Error(result.findings.join());
  for (let i = 0; i < 12; i++) await append(result.log, '.'.repeat(60));
  await result.log.close();
  t.equal((await held(directory)).length, 16);
});

t.test('whatever is appended, in whatever groups, is read back in order', async (t) => {
  const groups = fc.array(fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 5 }), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(groups, async (appends) => {
      const directory = await temporaryDirectory(t);
      const log = await created(directory);
      await Promise.all(appends.map((items) => append(log, ...items)));
      await log.close();
      t.strictSame(
        await held(directory),
        appends.flat().map((text) => Buffer.from(text).toString()),
      );
    }),
    { numRuns: 25 },
  );
});

t.test('after a failed write nothing more is accepted', async (t) => {
  const directory = await temporaryDirectory(t);
  const log = await created(directory);
  await append(log, 'one');
  await log.close();
  await t.rejects(append(log, 'two'), /closed/);
  t.strictSame(await held(directory), ['one']);
});

t.test('an item that was altered on disk is not handed out', async (t) => {
  const { directory, path, file } = await threeFrames(t);
  const { result } = await read(directory);
  if (!result.ok) throw new Error(result.findings.join());
  const [place] = await append(result.log, 'abc');
  if (place === undefined) throw new Error('no location');
  const altered = Buffer.concat([file, await readFile(path).then((all) => all.subarray(file.length))]);
  altered[place.offset] = 0x7a;
  await writeFile(path, altered);
  await t.rejects(result.log.read(place), /damaged/);
  await result.log.close();
});

t.test(
  'after a write that found no room nothing more is written: what the disk holds is unknown',
  async (t) => {
    for (const written of [0, 3]) {
      const directory = await temporaryDirectory(t);
      let isFull = false;
      const files: Files = {
        ...machineFiles,
        open: async (path, mode) => {
          const file = await machineFiles.open(path, mode);
          return {
            ...file,
            write: async (parts, position) => {
              if (!isFull) return file.write(parts, position);
              await file.write([Buffer.concat(parts).subarray(0, written)], position);
              throw new StoreError('disk-full', 'no room');
            },
          };
        },
      };
      const opened = await openSegmentLog({
        directory,
        files,
        segmentBytes: SEGMENT_BYTES,
        mustExist: false,
        from: undefined,
        visit: () => undefined,
      });
      if (!opened.ok) throw new Error(opened.findings.join());
      await append(opened.log, 'one');
      isFull = true;
      await t.rejects(append(opened.log, 'two'), { code: 'disk-full' });
      isFull = false;
      await t.rejects(append(opened.log, 'three'), { code: 'disk-full' });
      await opened.log.close();
      t.strictSame(await held(directory), ['one']);
    }
  },
);
