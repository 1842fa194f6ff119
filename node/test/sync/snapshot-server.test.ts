import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { asEpoch } from '@hufu/consensus';
import t from 'tap';
import type { Store } from '../../src/store/index.ts';
import { SnapshotServer } from '../../src/sync/snapshot-server.ts';
import type { SyncMessage } from '../../src/wire/index.ts';
import { applyTo, behind } from '../support/behind.ts';
import { flipByte } from '../support/damage.ts';
import { ENDS, grownOver } from '../support/three-epochs.ts';

/** What a node answers to who asks for the snapshot that an epoch began with. */
async function answerFor(store: Store, epoch: number): Promise<SyncMessage | undefined> {
  const answers: SyncMessage[] = [];
  const server = new SnapshotServer(store.chain);
  await server.serve('asker', { kind: 'fetch-snapshot', epoch: asEpoch(epoch) }, (a) => answers.push(a));
  return answers[0];
}

// Of each submission. 85 make the log of the snapshot 512 entries, whole tiles; 90 leave a rest.
for (const records of [85, 90]) {
  t.test(`the snapshots left out are served once that past is there (${records} records)`, async (t) => {
    const made = await behind(t, 0, records);
    const { store, source } = made;
    const newest = await answerFor(source.store, 2);
    t.match(newest, { kind: 'snapshot', epoch: 2 });
    t.strictSame(await answerFor(store, 2), newest, 'the one that the node began from');
    t.equal(await answerFor(store, 1), undefined, 'no other before');
    for (let height = 1; height <= (ENDS[0] ?? 0); height++) await applyTo(made, height);
    t.strictSame(await answerFor(store, 1), await answerFor(source.store, 1));
    t.strictSame(store.parts[0], { part: 'tiles', problem: null });
  });
}

t.test('no snapshot comes from damaged tiles: the node says nothing, and goes on', async (t) => {
  const damages = {
    cut: (path: string) => truncate(path, 64),
    altered: (path: string) => flipByte(path, 300 * 32),
  };
  for (const [name, damage] of Object.entries(damages)) {
    const { directory, store } = await grownOver(t, 90);
    t.match(await answerFor(store, 1), { kind: 'snapshot' }, 'before');
    await damage(join(directory, 'tiles', 'sm3', '0'));
    t.equal(await answerFor(store, 1), undefined, name);
    t.match(store.parts, [{ part: 'tiles', problem: /delete tiles/ }, { problem: null }]);
  }
});
