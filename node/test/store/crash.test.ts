import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { hashOf } from '@hufu/crypto';
import {
  appendLeaves,
  decodeEntry,
  decodeHeader,
  EMPTY_FRONTIER,
  isGovernanceItem,
  root,
  verify,
} from '@hufu/proof';
import t, { type Test } from 'tap';
import { enterEpoch } from '../../src/ledger/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { viewOfRecord } from '../../src/wire/index.ts';
import { temporaryDirectory } from '../support/grown-store.ts';
import { TestChain } from '../support/test-chain.ts';

const ROUNDS = 4;
const WRITER = new URL('../support/crashing-writer.ts', import.meta.url);

/** What a writer was promised before it was killed. */
interface Promised {
  /** With the epoch that each is of. */
  views: { epoch: number; view: number }[];
  batches: { origin: number; seq: number }[];
  height: number;
}

/** Runs a writer until it has been promised `lines` things, kills it at once, and gathers everything it said. */
async function runAndKill(directory: string, keysPath: string, lines: number): Promise<Promised> {
  const writer: ChildProcess = spawn(process.execPath, [fileURLToPath(WRITER), directory, keysPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (writer.stdout === null) throw new Error('no stdout');
  const ended = once(writer, 'exit');
  const promised: Promised = { views: [], batches: [], height: 0 };
  let count = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    const [what, first = 0, second = 0] = line.split(' ').map((word, i) => (i === 0 ? word : Number(word)));
    if (what === 'log') promised.views.push({ epoch: Number(first), view: Number(second) });
    if (what === 'batch') promised.batches.push({ origin: Number(first), seq: Number(second) });
    if (what === 'applied') promised.height = Number(first);
    if (++count === lines) writer.kill('SIGKILL');
  }
  const [code, signal] = await ended;
  if (count < lines) throw new Error(`the writer ended by itself: ${code ?? signal}`);
  return promised;
}

/** The chain and its proofs are whole from the first block to the last. */
async function checkWhole(t: Test, store: Store): Promise<void> {
  const { state } = store.chain;
  const entries = await store.chain.entries(0, state.logSize);
  t.equal(entries.length, state.logSize);
  const leaves = entries.map(({ bytes }) => bytes);
  const blocks = (await store.chain.blocks(undefined, 100_000)).toReversed();
  t.equal(blocks.length, state.tip.height);
  let parent = state.chainId;
  for (const { block, headerBytes } of blocks) {
    const header = decodeHeader(headerBytes);
    if (!header.ok) throw new Error(header.error.remark);
    t.strictSame(header.value.parent, parent);
    parent = block.digests;
  }
  const size = Math.floor(state.logSize / 2);
  for (const [i, suite] of state.suites.entries()) {
    const name = hashOf(suite);
    t.strictSame(
      (await store.chain.rootsAt(state.logSize))?.[i],
      root(name, appendLeaves(name, EMPTY_FRONTIER, leaves).frontier),
    );
    t.strictSame(
      (await store.chain.rootsAt(size))?.[i],
      root(name, appendLeaves(name, EMPTY_FRONTIER, leaves.slice(0, size)).frontier),
    );
  }
  for (const entry of [entries[0], entries[size], entries.at(-1)]) {
    if (entry === undefined) throw new Error('an empty log');
    const bundle = await store.chain.bundle(entry.index);
    const trust = { genesis: store.chain.genesisBytes };
    t.equal(verify(bundle ?? new Uint8Array(0), { trust }).conclusion, 'passed');
    if (isGovernanceItem(entry.bytes)) continue;
    const decoded = decodeEntry(entry.bytes);
    const digest = decoded.ok ? decoded.value.digests.sm3 : undefined;
    t.match(await store.chain.search(digest ?? new Uint8Array(32), 3), [{ index: entry.index }]);
  }
}

/** What a power cut may do besides: unfinished frames, and files that were written in passing cut off or gone. */
async function tear(directory: string, round: number): Promise<void> {
  for (const part of ['wal', 'batches']) {
    const names = (await readdir(join(directory, part))).sort();
    const torn = round % 2 === 0 ? Buffer.from('HFrm') : Buffer.alloc(300 * round);
    await appendFile(join(directory, part, names.at(-1) ?? ''), torn);
  }
  if (round % 3 === 1) {
    const path = join(directory, 'tiles', 'sm3', '0');
    await truncate(path, Math.floor(((await stat(path)).size * round) / ROUNDS));
  }
  if (round % 3 === 2) {
    await rm(join(directory, 'tiles', 'sha256'), { recursive: true });
    await rm(join(directory, 'index'), { recursive: true });
  }
}

// Starts processes: seconds when the machine is quiet.
t.test('killed at any moment, a store opens with all it has promised', { timeout: 120_000 }, async (t) => {
  const chain = new TestChain();
  const { genesisBytes } = chain;
  const home = await temporaryDirectory(t);
  const keysPath = join(home, 'keys.json');
  const directory = join(home, 'data');
  await writeFile(keysPath, JSON.stringify(chain.keys));
  for (let round = 0; round < ROUNDS; round++) {
    const promised = await runAndKill(directory, keysPath, 5 + round * 41);
    await tear(directory, round);
    const store = await openStore({ directory, genesisBytes });
    t.equal(store.condition.kind, 'sound');
    t.ok(store.chain.state.tip.height >= promised.height, 'every applied block');
    const { log, batches } = await store.recovery();
    const { epoch } = enterEpoch(store.chain.state);
    const views = new Set<number>(log.map((record) => viewOfRecord({ epoch, record })));
    t.strictSame(
      promised.views.filter((each) => each.epoch === epoch && !views.has(each.view)),
      [],
      'every record of the log',
    );
    const refs = (await store.chain.blocks(undefined, 100_000)).flatMap(({ block }) => block.refs);
    for (const { origin, seq } of promised.batches) {
      const ref = [...refs, ...batches].find((each) => each.origin === origin && each.seq === seq);
      t.ok(ref !== undefined && (await store.batches.get(ref)) !== undefined, `batch ${origin}/${seq}`);
    }
    await checkWhole(t, store);
    await store.close();
  }
});
