import { mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Database } from '../../src/store/database.ts';

const KEY = Uint8Array.of(1);

/** LevelDB writes a manifest under the next free number when it is opened: whichever that is finds no room. */
function fillDisk(directory: string): void {
  const taken = new Set(readdirSync(directory));
  for (let number = 1; number < 100; number++) {
    const name = manifest(number);
    if (!taken.has(name)) symlinkSync('/dev/full', join(directory, name));
  }
}

function manifest(number: number): string {
  return `MANIFEST-${number.toString().padStart(6, '0')}`;
}

t.test('a database that is opened on a full disk says so, not that it is damaged', async (t) => {
  const directory = join(t.testdir(), 'db');
  mkdirSync(directory);
  fillDisk(directory);
  await t.rejects(Database.open(directory), { code: 'disk-full', message: /No space left on device/ }, 'new');
  rmSync(directory, { recursive: true });

  const database = await Database.open(directory);
  await database.commit([{ type: 'put', key: KEY, value: Uint8Array.of(7) }]);
  await database.close();
  const whole = new Set(readdirSync(directory));
  fillDisk(directory);
  await t.rejects(Database.open(directory), { code: 'disk-full' }, 'one that holds rows');

  for (const name of readdirSync(directory)) if (!whole.has(name)) rmSync(join(directory, name));
  const again = await Database.open(directory);
  t.same([...((await again.lastKey({ gte: KEY, lte: KEY })) ?? [])], [...KEY], 'with space it goes on');
  await again.close();
});

t.test('files that the system refuses are not called damaged; those that are lost or cut are', async (t) => {
  const findings: Readonly<Record<string, (directory: string) => void>> = {
    'database-unreadable': (directory) => {
      rmSync(join(directory, 'LOCK'));
      mkdirSync(join(directory, 'LOCK'));
    },
    'database-damaged': (directory) => {
      for (const name of readdirSync(directory)) if (/^MANIFEST/.test(name)) rmSync(join(directory, name));
    },
  };
  for (const [code, spoil] of Object.entries(findings)) {
    const directory = join(t.testdir(), code);
    await (await Database.open(directory)).close();
    spoil(directory);
    await t.rejects(Database.open(directory), { code, message: /IO error: / });
  }
  const directory = join(t.testdir(), 'cut');
  await (await Database.open(directory)).close();
  truncateSync(join(directory, 'CURRENT'));
  await t.rejects(Database.open(directory), { code: 'database-damaged', message: /Corruption: / });
});

t.test('a database that is open already is in use', async (t) => {
  const directory = join(t.testdir(), 'db');
  const database = await Database.open(directory);
  await t.rejects(Database.open(directory), { code: 'in-use' });
  await database.close();
});
