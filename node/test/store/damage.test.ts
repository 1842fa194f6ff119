import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { asEpoch, asHeight, asView } from '@hufu/consensus';
import t, { type Test } from 'tap';
import { participation } from '../../src/replica/participation.ts';
import { type ChainStore, openStore, type Store, StoreError } from '../../src/store/index.ts';
import type { LoggedRecord } from '../../src/wire/index.ts';
import { firstFile, flipByte } from '../support/damage.ts';
import { grow, temporaryDirectory } from '../support/grown-store.ts';
import { TestChain } from '../support/test-chain.ts';

const vote: LoggedRecord = {
  epoch: asEpoch(0),
  record: {
    type: 'vote',
    vote: { kind: 'notarize', view: asView(90), height: asHeight(90), digest: new Uint8Array(32) },
  },
};

const chain = new TestChain();
const { genesisBytes } = chain;
let whole: string;

t.before(async () => {
  whole = await temporaryDirectory(t);
  const store = await openStore({ directory: whole, genesisBytes });
  await grow(store, chain, 12, 40);
  await store.log.append([vote]);
  // Notes in the database that the log has it.
  await grow(store, chain, 1, 1);
  await store.close();
});

/** A copy of the whole directory, to be damaged. */
async function copyOf(test: Test): Promise<string> {
  const copy = join(await temporaryDirectory(test), 'data');
  await cp(whole, copy, { recursive: true });
  return copy;
}

const logDamages: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  'is missing': (directory) => rm(join(directory, 'wal'), { recursive: true }),
  'is empty': async (directory) => rm(await firstFile(directory, 'wal')),
  'ends before what it had promised': async (directory) => truncate(await firstFile(directory, 'wal'), 20),
  'has an altered byte': async (directory) => flipByte(await firstFile(directory, 'wal'), 70),
};

for (const [name, damage] of Object.entries(logDamages)) {
  t.test(
    `a write-ahead log that ${name} is reported, again and again; the chain is still served and grows`,
    async (t) => {
      const directory = await copyOf(t);
      await damage(directory);
      const follower = new TestChain({ keys: chain.keys });
      for (let i = 0; i < 2; i++) {
        const store = await openStore({ directory, genesisBytes });
        t.equal(store.condition.kind, 'damaged');
        const { tip, log, batches } = await store.recovery();
        t.strictSame(log, []);
        t.equal(tip.height, 13 + i);
        t.strictSame(batches, []);
        follower.resume(store.chain.state, tip.origins);
        await store.log.append([vote]);
        await grow(store, follower, 1, 3);
        t.ok(await store.chain.bundle(5));
        await store.close();
      }
    },
  );
}

t.test('batch bodies that are gone or altered are an error: the node promised to hold them', async (t) => {
  const held = await copyOf(t);
  const store = await openStore({ directory: held, genesisBytes });
  const follower = new TestChain({ keys: chain.keys });
  follower.resume(store.chain.state, (await store.recovery()).tip.origins);
  await store.batches.put([follower.batch(0, [follower.submission(0, 0, 1)])]);
  await store.close();
  const path = await firstFile(held, 'batches');
  const { length } = await readFile(path);
  await flipByte(path, length - 30);
  await t.rejects(openStore({ directory: held, genesisBytes }), { code: 'batches-damaged' });
  await truncate(path, 500);
  await t.rejects(openStore({ directory: held, genesisBytes }), { code: 'batches-damaged' });
  await rm(path);
  await t.rejects(openStore({ directory: held, genesisBytes }), { code: 'batches-damaged' });
});

t.test('an applied batch that was altered on disk is not handed out', async (t) => {
  const directory = await copyOf(t);
  const store = await openStore({ directory, genesisBytes });
  await flipByte(await firstFile(directory, 'batches'), 400);
  const [first, second] = (await store.chain.blocks(3, 2)).toReversed().flatMap(({ block }) => block.refs);
  if (first === undefined || second === undefined) throw new Error('two batches');
  await t.rejects(store.batches.get(first), { code: 'batches-damaged' });
  t.ok(await store.batches.get(second), 'others are');
  t.match(store.parts, [
    { part: 'tiles', problem: null },
    { part: 'batches', problem: /but wal and instance/ },
  ]);
  await store.close();
  await rm(join(directory, 'tiles'), { recursive: true });
  await t.rejects(
    openStore({ directory, genesisBytes }),
    { code: 'batches-damaged' },
    'nor used for a repair',
  );
});

t.test('tiles and index are made again from the blocks when they are lost or altered', async (t) => {
  const damages: Readonly<Record<string, (directory: string) => Promise<void>>> = {
    'no tiles': (directory) => rm(join(directory, 'tiles'), { recursive: true }),
    'altered tiles': async (directory) => {
      const path = join(directory, 'tiles', 'sha256', '0');
      await writeFile(path, (await readFile(path)).fill(7));
    },
    'no index': (directory) => rm(join(directory, 'index'), { recursive: true }),
  };
  const intact = await openStore({ directory: await copyOf(t), genesisBytes });
  const { logSize } = intact.chain.state;
  for (const [name, damage] of Object.entries(damages)) {
    const directory = await copyOf(t);
    await damage(directory);
    const store = await openStore({ directory, genesisBytes });
    for (const index of [0, 255, 256, 600]) {
      t.strictSame(
        await store.chain.inclusionPath(index, logSize),
        await intact.chain.inclusionPath(index, logSize),
        `${name}, ${index}`,
      );
    }
    await store.close();
  }
  await intact.close();
});

/** Every kind of proof, at sizes certified and not, by what is asked. */
function proofsOf(chain: ChainStore): ReadonlyMap<string, () => Promise<unknown>> {
  const { logSize } = chain.state;
  const asked = new Map<string, () => Promise<unknown>>();
  for (let index = 0; index < logSize; index += 67) {
    const size = Math.min(logSize, index + 100);
    asked.set(`inclusion of ${index}`, () => chain.inclusionPath(index, logSize));
    asked.set(`inclusion of ${index} in ${size}`, () => chain.inclusionPath(index, size));
    asked.set(`range from ${index} in ${size}`, () => chain.rangeProof(index, size - index, size));
    asked.set(`range from ${index}`, () => chain.rangeProof(index, 1, logSize));
    asked.set(`consistency of ${index}`, () => chain.consistencyPath(index, logSize));
    asked.set(`consistency of ${index} with ${size}`, () => chain.consistencyPath(index, size));
    asked.set(`roots at ${index}`, () => chain.rootsAt(index));
    asked.set(`bundle of ${index}`, () => chain.bundle(index));
  }
  return asked;
}

t.test('no proof comes from an altered byte of a tile; what does not need it is served', async (t) => {
  const intact = await openStore({ directory: await copyOf(t), genesisBytes });
  const expected = new Map<string, unknown>();
  for (const [name, ask] of proofsOf(intact.chain)) expected.set(name, await ask());
  t.match(intact.parts, [{ problem: null }, { problem: null }]);
  for (const [tiles, at] of [
    [join('sm3', '0'), (intact.chain.state.logSize / 2) * 32],
    [join('sm3', '0'), 0],
    [join('sha256', '0'), 300 * 32 + 31],
    [join('sha256', '1'), 3],
  ] as const) {
    const directory = await copyOf(t);
    const store = await openStore({ directory, genesisBytes });
    // Opening mends the right edge: what is altered later is found when it is read.
    await flipByte(join(directory, 'tiles', tiles), Math.floor(at));
    let refused = 0;
    for (const [name, ask] of proofsOf(store.chain)) {
      const answer = await ask().catch((error: unknown) => {
        if (!(error instanceof StoreError) || error.code !== 'tiles-damaged') throw error;
        refused += 1;
        return expected.get(name);
      });
      // One assertion for each would be thousands.
      if (!isDeepStrictEqual(answer, expected.get(name))) t.fail(`${tiles} ${at}: ${name}`);
    }
    t.ok(refused > 0 && refused < expected.size, `${refused} of ${expected.size} refused`);
    t.match(store.parts, [
      { part: 'tiles', problem: /delete tiles/ },
      { part: 'batches', problem: null },
    ]);
    await store.close();
    await rm(join(directory, 'tiles'), { recursive: true });
    const mended = await openStore({ directory, genesisBytes });
    for (const [name, ask] of proofsOf(mended.chain)) {
      if (!isDeepStrictEqual(await ask(), expected.get(name))) t.fail(`mended: ${name}`);
    }
    await mended.close();
  }
  await intact.close();
});

t.test('tiles cut off while the node runs are damage too', async (t) => {
  const directory = await copyOf(t);
  const store = await openStore({ directory, genesisBytes });
  await truncate(join(directory, 'tiles', 'sm3', '0'), 64);
  await t.rejects(store.chain.inclusionPath(5, store.chain.state.logSize), { code: 'tiles-damaged' });
  await store.close();
});

t.test('a whole log next to a new database keeps its votes', async (t) => {
  const directory = await temporaryDirectory(t);
  await cp(join(whole, 'wal'), join(directory, 'wal'), { recursive: true });
  const store = await openStore({ directory, genesisBytes });
  t.equal(store.condition.kind, 'sound', 'from the first frame on it holds all that was ever signed');
  t.equal((await store.recovery()).log.length, 1);
  await store.close();
});

/** What the store says to do about its batches, done to the letter; then it is opened again. */
async function remedied(directory: string, store: Store): Promise<Store> {
  const problem = store.parts.find(({ part }) => part === 'batches')?.problem ?? '';
  const kept = /delete all of its data directory but (\w+) and (\w+)/.exec(problem)?.slice(1);
  await store.close();
  for (const name of await readdir(directory)) {
    if (!kept?.includes(name)) await rm(join(directory, name), { recursive: true });
  }
  return openStore({ directory, genesisBytes });
}

t.test('the remedy of damaged batches keeps a validator signing, but not one without its log', async (t) => {
  for (const hasLog of [true, false]) {
    const directory = await copyOf(t);
    const keysPath = join(await temporaryDirectory(t), 'keys');
    await mkdir(keysPath);
    const store = await openStore({ directory, genesisBytes });
    t.equal(participation(directory, store.condition)(keysPath).reasonToObserve, undefined);
    await flipByte(await firstFile(directory, 'batches'), 400);
    const [ref] = (await store.chain.block(1))?.block.refs ?? [];
    if (ref === undefined) throw new Error('a block of batches');
    await t.rejects(store.batches.get(ref), { code: 'batches-damaged' });
    if (!hasLog) await rm(await firstFile(directory, 'wal'));
    const again = await remedied(directory, store);
    t.equal((await again.recovery()).log.length, hasLog ? 1 : 0);
    const { reasonToObserve } = participation(directory, again.condition)(keysPath);
    if (hasLog) t.equal(reasonToObserve, undefined);
    else t.type(reasonToObserve, 'string', 'it may have signed what it forgot');
    await again.close();
  }
});

t.test('a database without its file CURRENT is refused, again and again', async (t) => {
  const directory = await copyOf(t);
  await rm(join(directory, 'db', 'CURRENT'));
  for (let i = 0; i < 2; i++) {
    await t.rejects(openStore({ directory, genesisBytes }), { code: 'database-damaged' });
  }
});
