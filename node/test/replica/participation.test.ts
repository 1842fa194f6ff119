import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Admission, participation } from '../../src/replica/participation.ts';
import type { StoreCondition } from '../../src/store/types.ts';

const FRESH = { kind: 'fresh' } as const;
const SOUND = { kind: 'sound', tornBytes: 0 } as const;

function directories(t: Test): { keys: string; data: string; otherData: string } {
  const directory = t.testdir({ keys: {}, data: {}, other: {} });
  return {
    keys: join(directory, 'keys'),
    data: join(directory, 'data'),
    otherData: join(directory, 'other'),
  };
}

function admit(keys: string, data: string, condition: StoreCondition): Admission {
  return participation(data, condition)(keys);
}

function reasonToObserve(keys: string, data: string, condition: StoreCondition): string | undefined {
  return admit(keys, data, condition).reasonToObserve;
}

t.test('a new node may vote, and again after a restart', async (t) => {
  const { keys, data } = directories(t);
  t.equal(reasonToObserve(keys, data, FRESH), undefined);
  t.equal(reasonToObserve(keys, data, SOUND), undefined);
});

t.test('keys whose data directory was lost observe', async (t) => {
  const { keys, data } = directories(t);
  reasonToObserve(keys, data, FRESH);
  rmSync(data, { recursive: true });
  mkdirSync(data);
  t.match(reasonToObserve(keys, data, FRESH), /another data directory/);
});

t.test('keys that were never used may vote beside data that others do not know', async (t) => {
  const { keys, data } = directories(t);
  reasonToObserve(keys, data, FRESH);
  rmSync(data, { recursive: true });
  mkdirSync(data);
  const next = join(keys, 'next');
  mkdirSync(next);
  const admitTo = participation(data, FRESH);
  t.match(admitTo(keys).reasonToObserve, /another data directory/);
  t.equal(admitTo(next).reasonToObserve, undefined);
  t.match(admitTo(keys).reasonToObserve, /another data directory/, 'still');
  renameSync(join(next, 'instance'), join(keys, 'instance'));
  t.equal(reasonToObserve(keys, data, SOUND), undefined, 'moved over the old ones, after a restart');
});

t.test('new keys, too, are known to have been used when their data is lost', async (t) => {
  const { keys, data } = directories(t);
  const next = join(keys, 'next');
  mkdirSync(next);
  t.equal(reasonToObserve(next, data, FRESH), undefined);
  t.match(reasonToObserve(next, data, FRESH), /another data directory/);
});

t.test('keys used with another data directory observe', async (t) => {
  const { keys, data, otherData } = directories(t);
  reasonToObserve(keys, data, FRESH);
  t.match(reasonToObserve(keys, otherData, SOUND), /another data directory/);
  t.equal(reasonToObserve(keys, data, SOUND), undefined);
});

t.test('damaged data observes, and the public reason names no file', async (t) => {
  const { keys, data } = directories(t);
  const condition = { kind: 'damaged', findings: ['log/3: checksum'] } as const;
  const reason = reasonToObserve(keys, data, condition);
  t.match(reason, /damaged/);
  t.notMatch(reason, /log\/3/);
});

t.test('a crash between the two writes of the first start does no harm', async (t) => {
  const { keys, data } = directories(t);
  reasonToObserve(keys, data, FRESH);
  rmSync(join(keys, 'instance'));
  t.equal(reasonToObserve(keys, data, SOUND), undefined);
  t.equal(reasonToObserve(keys, data, SOUND), undefined);
});

t.test('keys that cannot be written to are a warning, not an obstacle', async (t) => {
  const { data } = directories(t);
  // A directory that does not exist and cannot be made: its parent is a file.
  const admission = admit('/dev/null/keys', data, FRESH);
  t.equal(admission.reasonToObserve, undefined);
  t.match(admission.warnings, [/would go unnoticed/]);
});

t.test(
  'a name left beside a new store is of one that was lost: its keys observe, now and later',
  async (t) => {
    const { keys, data } = directories(t);
    reasonToObserve(keys, data, FRESH);
    t.match(reasonToObserve(keys, data, FRESH), /another data directory/);
    t.match(reasonToObserve(keys, data, SOUND), /another data directory/, 'after a restart');
  },
);

t.test('a name that a full disk cut off is given anew', async (t) => {
  const { keys, data } = directories(t);
  writeFileSync(join(keys, 'instance'), '');
  writeFileSync(join(data, 'instance'), '');
  t.equal(reasonToObserve(keys, data, SOUND), undefined);
  const name = readFileSync(join(keys, 'instance'), 'utf8');
  t.match(name, /^[0-9a-f-]{36}\n$/);
  t.equal(readFileSync(join(data, 'instance'), 'utf8'), name);
});

t.test('a full disk leaves no part of a name', async (t) => {
  const { keys, data } = directories(t);
  const fill = (directory: string) => symlinkSync('/dev/full', join(directory, 'instance.tmp'));
  fill(data);
  t.throws(() => admit(keys, data, FRESH), { code: 'disk-full' }, 'without one the data is not used');
  rmSync(join(data, 'instance.tmp'));
  fill(keys);
  const admission = admit(keys, data, SOUND);
  t.equal(admission.reasonToObserve, undefined);
  t.match(admission.warnings, [/would go unnoticed: disk-full/]);
  rmSync(join(keys, 'instance.tmp'));
  t.equal(reasonToObserve(keys, data, SOUND), undefined, 'with space it goes on');
  t.equal(readFileSync(join(keys, 'instance'), 'utf8'), readFileSync(join(data, 'instance'), 'utf8'));
});
