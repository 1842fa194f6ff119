import t from 'tap';
import { DATA_DIRECTORY, SimDisk } from '../../sim/disk.ts';
import { Random } from '../../sim/random.ts';

const USER = { isAlive: true, operation: () => Promise.resolve() };
const SEEDS = 200;

/** What a file of three synced and three unsynced bytes may hold after a crash, over many seeds. */
async function leftovers(): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const disk = new SimDisk(new Random(seed));
    const { files } = disk.mount(USER);
    const path = `${DATA_DIRECTORY}/file`;
    const file = await files.open(path, 'emptied');
    await file.write([Uint8Array.of(1, 2, 3)], 0);
    await file.datasync();
    await files.syncDirectory(DATA_DIRECTORY);
    await file.write([Uint8Array.of(4, 5, 6)], 3);
    disk.crash();
    found.add([...(await files.read(path))].join());
  }
  return found;
}

t.test('a crash leaves what was synced, and of the rest a beginning, or zeros', async (t) => {
  const expected = ['', ',4', ',4,5', ',4,5,6', ',0,0,0', ',4,0,0', ',4,5,0'].map((rest) => `1,2,3${rest}`);
  t.strictSame([...(await leftovers())].sort(), expected.sort());
});

t.test('a file whose directory was not synced may be gone', async (t) => {
  const outcomes = new Set<boolean>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const disk = new SimDisk(new Random(seed));
    const { files } = disk.mount(USER);
    const file = await files.open(`${DATA_DIRECTORY}/file`, 'emptied');
    await file.sync();
    disk.crash();
    outcomes.add((await files.list(DATA_DIRECTORY)).length === 1);
  }
  t.equal(outcomes.size, 2);
});

t.test('what a life does after its end does not reach the disk', async (t) => {
  const disk = new SimDisk(new Random(1));
  const { files } = disk.mount(USER);
  const path = `${DATA_DIRECTORY}/file`;
  await (await files.open(path, 'emptied')).sync();
  const dead = await disk.mount({ ...USER, isAlive: false }).files.open(path, 'update');
  await dead.write([Uint8Array.of(1)], 0);
  t.equal(await files.sizeOf(path), 0);
});
