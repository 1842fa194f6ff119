import t from 'tap';
import { Cluster, Costs } from '../../model/scale/cluster.ts';
import { sizeBytes } from '../../model/scale/size.ts';

const WARM_UP_VIEWS = 4;
const VIEWS = 6;

t.test('a view without faults costs each node one check of every vote, and no certificate', async (t) => {
  for (const n of [1, 4, 5]) {
    const cluster = new Cluster(n);
    cluster.runUntil(WARM_UP_VIEWS);
    cluster.costs = new Costs();
    cluster.runUntil(WARM_UP_VIEWS + VIEWS);
    const [ed25519, sm2] = cluster.costs.verified;
    const pairs = VIEWS * n * (n - 1);
    t.equal(sm2, pairs, `n = ${n}: each Finalize of the others`);
    // One proposal and one batch a view, too.
    t.equal(ed25519, 2 * pairs + 2 * VIEWS * (n - 1), `n = ${n}: each Notarize and Finalize of the others`);
  }
});

t.test('the size of a message follows the encoding', async (t) => {
  const signatures = [new Uint8Array(64)];
  // Tag and length of the message; view; signer 0 is absent; tag, length and bytes of the signature.
  t.equal(sizeBytes({ kind: 'nullify', view: 300, signer: 0, signatures }), 2 + 3 + 66);
  t.equal(sizeBytes({ kind: 'acks', held: [{ origin: 0, next: 0 }] }), 2 + 2);
  t.equal(sizeBytes({ kind: 'status', view: 1, finalization: null }), 2 + 2);
});
