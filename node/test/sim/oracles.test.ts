import { asHeight, asValidatorIndex, asView, type Batch, type Recovery } from '@hufu/consensus';
import t from 'tap';
import { DisseminatedOnce } from '../../sim/oracles/disseminated.ts';
import { checkRecovered } from '../../sim/oracles/recovered.ts';
import type { ExecutedBlock } from '../../src/ledger/types.ts';

const digestOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

function batch(seq: number, digest: number, prev: number, payload = 0): Batch {
  return {
    origin: asValidatorIndex(0),
    seq,
    digest: digestOf(digest),
    prev: digestOf(prev),
    payload: Uint8Array.of(payload),
    signature: new Uint8Array(),
  };
}

function recovery(batches: readonly Batch[]): Recovery {
  const origins = [{ nextSeq: 2, lastDigest: digestOf(1) }];
  const point = { view: asView(5), height: asHeight(5), digests: [digestOf(9)] };
  const log = [{ type: 'vote', vote: { kind: 'nullify', view: asView(6) } }] as const;
  return { tip: { ...point, timeMs: 5, endsEpoch: false, origins }, finalization: null, log, batches };
}

t.test('a record that the log does not hold under the epoch is of another', async (t) => {
  checkRecovered('a node', recovery([]), () => true);
  t.throws(() => checkRecovered('a node', recovery([]), () => false), /vote of another epoch/);
});

t.test('batches continue the chain where it leaves their origin', async (t) => {
  const chain = [batch(2, 2, 1), batch(3, 3, 2), batch(3, 4, 2)];
  checkRecovered('a node', recovery(chain), () => true);
  for (const stray of [batch(0, 7, 0), batch(2, 7, 0), batch(3, 7, 6), batch(4, 7, 2)]) {
    const strayed = recovery([...chain, stray]);
    t.throws(() => checkRecovered('a node', strayed, () => true), /continues nothing/, `batch ${stray.seq}`);
  }
});

function blockOf(of: Batch): Pick<ExecutedBlock, 'block'> {
  const point = { view: asView(1), height: asHeight(1), digests: [digestOf(9)] };
  return { block: { ...point, parent: point, timeMs: 1, refs: [of] } };
}

t.test('a payload that is applied is not disseminated again in the same life', async (t) => {
  const once = new DisseminatedOnce();
  const [first, again] = [batch(0, 1, 0, 7), batch(0, 2, 1, 7)];
  once.sent('a node', 0, first);
  once.applied('a node', [blockOf(first)]);
  once.sent('a node', 0, first);
  once.sent('a node', 0, batch(1, 3, 1, 8));
  once.sent('another', 0, again);
  t.throws(() => once.sent('a node', 1, again), /disseminates again/);
  once.started('a node');
  once.sent('a node', 1, again);
});

t.test('an old batch may be given to whoever asks for it', async (t) => {
  const once = new DisseminatedOnce();
  const [left, newer] = [batch(3, 1, 0, 7), batch(0, 2, 1, 7)];
  once.sent('a node', 1, newer);
  once.applied('a node', [blockOf(newer)]);
  t.doesNotThrow(() => once.sent('a node', 0, left));
});

t.test(
  'a payload may come again while the batch that an earlier life made of it is on its way',
  async (t) => {
    const once = new DisseminatedOnce();
    const [left, again] = [batch(0, 1, 0, 7), batch(1, 2, 1, 7)];
    once.started('a node');
    once.recovered('a node', [left]);
    once.sent('a node', 0, left);
    once.sent('a node', 0, again);
    once.applied('a node', [blockOf(left)]);
    t.doesNotThrow(() => once.sent('a node', 1, batch(0, 3, 0, 7)));
  },
);
