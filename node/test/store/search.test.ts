import { encodeEntry } from '@hufu/proof';
import t from 'tap';
import { openStore } from '../../src/store/index.ts';
import { temporaryDirectory } from '../support/grown-store.ts';
import { recordOf, TestChain } from '../support/test-chain.ts';

/** A digest of which the first half is always the same. */
function digestWith(tail: number): Uint8Array {
  const digest = new Uint8Array(32).fill(0xab);
  new DataView(digest.buffer).setUint32(28, tail);
  return digest;
}

t.test('search', async (t) => {
  const chain = new TestChain();
  const { genesisBytes } = chain;
  const store = await openStore({ directory: await temporaryDirectory(t), genesisBytes });
  t.teardown(() => store.close());

  /** Anchors one record for each digest, in one block. */
  async function anchor(digests: readonly Uint8Array[]): Promise<void> {
    const [gateway] = chain.state.gateways;
    const first = gateway?.nextSerial ?? 0;
    const records = digests.map((sha256, i) =>
      encodeEntry({ ...recordOf(0, first + i), digests: { sha256 } }),
    );
    const batch = chain.batch(0, [chain.submissionOf(0, first, records)]);
    const executed = chain.extend([batch]);
    await store.batches.put([batch]);
    await store.chain.apply([executed], chain.finalize(executed));
  }

  const wanted = digestWith(7);
  await anchor([wanted]);

  t.test('is not crowded out by digests that begin alike', async (t) => {
    await anchor(Array.from({ length: 900 }, (_, i) => digestWith(1_000 + i)));
    t.match(await store.chain.search(wanted, 3), [{ index: 0 }]);
    t.match(await store.chain.search(digestWith(1_899), 3), [{ index: 900 }]);
  });

  t.test('gives every record with the digest, newest first, and no more than asked for', async (t) => {
    await anchor([wanted, digestWith(8), wanted]);
    await anchor([wanted]);
    const indexes = async (limit: number) =>
      (await store.chain.search(wanted, limit)).map(({ index }) => index);
    t.strictSame(await indexes(10), [904, 903, 901, 0]);
    t.strictSame(await indexes(2), [904, 903]);
    t.strictSame(await indexes(0), []);
  });
});
