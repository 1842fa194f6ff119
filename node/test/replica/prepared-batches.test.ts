import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { asValidatorIndex, type BatchRef } from '@hufu/consensus';
import { hash, u64be } from '@hufu/crypto';
import { encodeBatchPayload, MAX_BATCH_ITEMS } from '@hufu/proof';
import t from 'tap';
import { memoryBytes, PreparedBatches } from '../../src/replica/prepared-batches.ts';
import { prepareBatch } from '../support/prepare-batch.ts';
import { TestChain } from '../support/test-chain.ts';

const chain = new TestChain();
const JUNK = encodeBatchPayload(Array.from({ length: MAX_BATCH_ITEMS }, (_, i) => u64be(i)));
const submission = chain.submission(0, 0, 1);
const PAYLOADS: Readonly<Record<string, Uint8Array>> = {
  'items of no form': JUNK,
  'one item many times': encodeBatchPayload(Array.from({ length: MAX_BATCH_ITEMS }, () => submission)),
  'submissions of one record': encodeBatchPayload(
    Array.from({ length: 2_000 }, (_, i) => chain.submission(0, i, 1)),
  ),
  'submissions of many records': encodeBatchPayload([chain.submission(0, 0, 9_000)]),
};

function refOf(seq: number): BatchRef {
  return { origin: asValidatorIndex(0), seq, digest: hash('sha256', u64be(seq)) };
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes of memory in use: the least of a few looks, since buffers are given back some turns after their collection. */
async function usedBytes(): Promise<number> {
  let leastBytes = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 8; look += 1) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
    const { heapUsed, external } = process.memoryUsage();
    leastBytes = Math.min(leastBytes, heapUsed + external);
  }
  return leastBytes;
}

for (const [name, payload] of Object.entries(PAYLOADS)) {
  t.test(`a batch of ${name} takes no more memory than it weighs`, async (t) => {
    // The first has brought with it what all share.
    const batches = [prepareBatch(payload.slice(), chain.state)];
    const beforeBytes = await usedBytes();
    for (let i = 0; i < 8; i += 1) batches.push(prepareBatch(payload.slice(), chain.state));
    const eachBytes = ((await usedBytes()) - beforeBytes) / 8;
    const weight = Math.max(...batches.map(memoryBytes));
    t.ok(eachBytes <= weight, `${eachBytes} bytes, weighs ${weight}`);
  });
}

t.test('the oldest give way to new ones by what they take in memory, not by their payloads', async (t) => {
  const junk = prepareBatch(JUNK, chain.state);
  const prepared = new PreparedBatches(10.5 * memoryBytes(junk));
  for (let seq = 0; seq < 100; seq += 1) prepared.add(refOf(seq), junk);
  const kept = Array.from({ length: 100 }, (_, seq) => seq).filter((seq) => prepared.get(refOf(seq)));
  t.strictSame(kept, [90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
});

t.test('what a block needs is held beyond the limit, until it is released', async (t) => {
  const junk = prepareBatch(JUNK, chain.state);
  const prepared = new PreparedBatches(1.5 * memoryBytes(junk));
  const refs = Array.from({ length: 10 }, (_, seq) => refOf(seq));
  const known = () => refs.filter((ref) => prepared.get(ref) !== undefined).map(({ seq }) => seq);
  prepared.add(refOf(3), junk);
  prepared.hold(refs.slice(0, 6));
  t.strictSame(known(), [3], 'one that was there');
  for (const ref of refs) prepared.add(ref, junk);
  t.strictSame(known(), [0, 1, 2, 3, 4, 5, 9], 'and the latest of the rest');
  prepared.hold(refs.slice(0, 2));
  prepared.release(({ seq }) => seq >= 4);
  t.strictSame(known(), [4, 5, 9]);
  prepared.delete(refOf(4));
  t.strictSame(known(), [5, 9]);
});
