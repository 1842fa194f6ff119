import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEntry, verify } from '@hufu/proof';
import t, { type Test } from 'tap';
import { openStore } from '../../src/store/index.ts';
import { frontiersOf } from '../../src/store/log-edge.ts';
import { applyTo, type Behind, behind, reopen, snapshotOf } from '../support/behind.ts';
import { temporaryDirectory } from '../support/grown-store.ts';
import { ENDS, grownOver, HEIGHT } from '../support/three-epochs.ts';

/** So many that the log's edges lie in the midst of several tiles. */
const RECORDS = 150;

const INCOMPLETE = /^history-incomplete: /;

/** Everything that can be asked of entries gives what the source gives, or says that it is not there yet. */
async function compare(t: Test, { store, source }: Behind, from: number, missing: readonly [number, number]) {
  const { logSize } = store.chain.state;
  const [first, end] = missing;
  for (let index = from; index < logSize; index += 37) {
    if (index >= first && index < end) {
      await t.rejects(store.chain.entry(index), INCOMPLETE, `entry ${index}`);
      await t.rejects(store.chain.bundle(index), INCOMPLETE);
      await t.rejects(store.chain.inclusionPath(index, logSize), INCOMPLETE);
      continue;
    }
    t.strictSame(await store.chain.entry(index), await source.store.chain.entry(index));
    const bundle = await store.chain.bundle(index);
    const report = verify(bundle ?? new Uint8Array(0), { trust: { genesis: source.chain.genesisBytes } });
    t.equal(report.conclusion, 'passed', `entry ${index}`);
    const size = index < first ? first : logSize;
    t.strictSame(
      await store.chain.inclusionPath(index, size),
      await source.store.chain.inclusionPath(index, size),
    );
  }
}

for (const height of [0, 2, 4, 5]) {
  t.test(`a chain of ${height} blocks goes on from a snapshot, and fills its past`, async (t) => {
    const made = await behind(t, height, RECORDS);
    const { source } = made;
    const end = ENDS.at(-1) ?? 0;
    const past = source.applied[height - 1]?.executed.state.logSize ?? 0;
    const size = source.applied[end - 1]?.executed.state.logSize ?? 0;
    const before = source.applied[end - 1]?.executed.state;
    t.strictSame(made.store.chain.state, before, 'the state is that of who executed all');
    const recovery = await made.store.recovery();
    t.equal(recovery.finalization, null);
    await reopen(made);
    t.strictSame(made.store.chain.state, before);
    t.strictSame(await made.store.recovery(), recovery);
    t.match(made.store.chain.history, { toHeight: end, toSize: size });

    await applyTo(made, 8);
    await reopen(made);
    await applyTo(made, 9);
    t.strictSame(made.store.chain.state, source.chain.state);
    await compare(t, made, 0, [past, size]);
    await t.rejects(made.store.chain.block(end), INCOMPLETE);
    await t.rejects(made.store.chain.blocks(end + 1, 5), INCOMPLETE);
    t.strictSame(
      (await made.store.chain.blocks(undefined, 5)).map((record) => record.block.height),
      [9, 8],
    );
    await t.rejects(made.store.chain.search(new Uint8Array(32), 1), INCOMPLETE);
    await t.rejects(made.store.chain.consistencyPath(past + 1, size + 1), INCOMPLETE);
    t.strictSame(
      await made.store.chain.consistencyPath(size + 1, size + 9),
      await source.store.chain.consistencyPath(size + 1, size + 9),
    );
    t.equal(await made.store.chain.finalizedBlocks(height + 1, { maxBlocks: 64 }), undefined);
    t.match(await made.store.chain.finalizedBlocks(end + 1, { maxBlocks: 64 }), { blocks: { length: 2 } });
    t.strictSame(await made.store.chain.epochs(undefined, 9), await source.store.chain.epochs(undefined, 9));

    for (let next = height + 1; next <= end; next++) {
      await applyTo(made, next);
      await reopen(made);
      t.strictSame(
        made.store.chain.history?.state,
        next === end ? undefined : source.applied[next - 1]?.executed.state,
      );
    }
    await compare(t, made, 0, [0, 0]);
    t.strictSame(
      await made.store.chain.blocks(undefined, 99),
      await source.store.chain.blocks(undefined, 99),
    );
    t.strictSame(
      await made.store.chain.rangeProof(5, size, HEIGHT * RECORDS - RECORDS + 2),
      await source.store.chain.rangeProof(5, size, HEIGHT * RECORDS - RECORDS + 2),
    );
  });
}

t.test('what the index lacks of the time in between is added when the past is there', async (t) => {
  const made = await behind(t, 0, RECORDS);
  await applyTo(made, 8);
  for (let next = 1; next <= 7; next++) await applyTo(made, next);
  await applyTo(made, 9);
  t.equal(made.store.chain.history, null);
  const { source, store } = made;
  await t.rejects(
    store.chain.search(new Uint8Array(32), 5),
    INCOMPLETE,
    'whoever applied the last did not wait',
  );
  t.equal(await store.chain.indexMore(), false);
  for (let index = 0; index < store.chain.state.logSize; index += 101) {
    const entry = decodeEntry((await source.store.chain.entry(index))?.bytes ?? new Uint8Array(0));
    const digest = entry.ok ? entry.value.digests.sha256 : undefined;
    if (digest === undefined) continue;
    t.match(await store.chain.search(digest, 5), [{ index }]);
    t.strictSame(await store.chain.search(digest, 5), await source.store.chain.search(digest, 5));
  }
});

t.test('tiles and index that are lost are made again, whatever is missing of the past', async (t) => {
  const made = await behind(t, 2, RECORDS);
  await applyTo(made, 8);
  const { logSize } = made.store.chain.state;
  const path = await made.store.chain.inclusionPath(logSize - 1, logSize);
  await made.store.close();
  for (const part of ['tiles', 'index']) await rm(join(made.directory, part), { recursive: true });
  made.store = await openStore({ directory: made.directory, genesisBytes: made.source.chain.genesisBytes });
  t.strictSame(await made.store.chain.inclusionPath(logSize - 1, logSize), path);
  t.ok(await made.store.chain.bundle(0));
});

t.test('a snapshot that leads no further, or onto an unfinished past, is refused', async (t) => {
  const made = await behind(t, 0, RECORDS);
  const other = await snapshotOf(made.source, made.source.store).catch(() => undefined);
  t.equal(other, undefined, 'there is nothing after the newest epoch');
  const again = await openStore({
    directory: await temporaryDirectory(t),
    genesisBytes: made.source.chain.genesisBytes,
  });
  t.teardown(() => again.close());
  const snapshot = await snapshotOf(made.source, again);
  await t.rejects(made.store.chain.beginFrom(snapshot), /does not lead further/);
  await again.chain.beginFrom(snapshot);
  await t.rejects(again.chain.beginFrom(snapshot), /does not lead further/);
});

t.test('an edge leads to the roots of its size only', async (t) => {
  const { store, chain } = await grownOver(t, RECORDS);
  const beginning = await store.chain.beginning(1);
  const size = (await store.chain.block(4))?.firstIndex ?? 0;
  const at = size + RECORDS + 1;
  const roots = (await store.chain.rootsAt(at)) ?? [];
  const { suites } = chain.state;
  const edges = beginning?.edges ?? [];
  t.ok(frontiersOf(edges, suites, at, roots));
  t.equal(frontiersOf(edges, suites, at + 1, roots), undefined);
  t.equal(frontiersOf(edges, suites, at, roots.toReversed()), undefined);
  t.equal(frontiersOf(edges.slice(1), suites, at, roots), undefined);
  for (const [suite, edge] of edges.entries()) {
    for (const [level, hashes] of edge.entries()) {
      for (let byte = 0; byte < hashes.length; byte += 97) {
        const altered = hashes.slice();
        altered[byte] = (altered[byte] ?? 0) ^ 1;
        const other = edges.with(suite, edge.with(level, altered));
        t.equal(
          frontiersOf(other, suites, at, roots),
          undefined,
          `suite ${suite}, level ${level}, byte ${byte}`,
        );
      }
    }
  }
});
