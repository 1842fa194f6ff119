import { encodeBatchPayload } from '@hufu/proof';
import t from 'tap';
import { applyBlock, verifySubmission } from '../../src/ledger/index.ts';
import { PacedLedger } from '../../src/replica/paced-ledger.ts';
import { prepareBatch } from '../support/prepare-batch.ts';
import { TestChain } from '../support/test-chain.ts';

/** Signatures that are verified between two turns of the event loop. */
const SIGNATURES_A_TURN = 8;

const chain = new TestChain();
const ITEMS = 60;
/** Each with a signature of its own to be verified, though only the first can apply. */
const SIGNED = encodeBatchPayload(Array.from({ length: ITEMS }, (_, i) => chain.submission(0, i * 2, 1)));

/** A clock that counts the turns it gives. */
class Turns {
  count = 0;
  soon(callback: () => void): void {
    this.count += 1;
    setImmediate(callback);
  }
}

t.test('a batch is prepared in slices, to what the ledger reads of it at once', async (t) => {
  const turns = new Turns();
  const ledger = new PacedLedger(turns);
  t.strictSame(await ledger.prepare(SIGNED, chain.state), prepareBatch(SIGNED, chain.state));
  t.ok(turns.count >= Math.floor(ITEMS / SIGNATURES_A_TURN), `${turns.count} turns`);
});

t.test('items that are not submissions take turns too, once they are many', async (t) => {
  const turns = new Turns();
  const junk = encodeBatchPayload(Array.from({ length: 4_096 }, () => new Uint8Array(1)));
  await new PacedLedger(turns).prepare(junk, chain.state);
  t.ok(turns.count >= 4, `${turns.count} turns`);
});

t.test('a block is what the ledger makes of it; its signatures take turns, and only once', async (t) => {
  const turns = new Turns();
  const ledger = new PacedLedger(turns);
  const batch = chain.batchOf(0, SIGNED);
  const block = { input: chain.input([batch]), batches: [prepareBatch(SIGNED, chain.state)] };
  const applied = await ledger.apply(chain.state, block);
  t.strictSame(applied, applyBlock(chain.state, block, verifySubmission));
  const { count } = turns;
  t.ok(count >= Math.floor(ITEMS / SIGNATURES_A_TURN), `${count} turns`);
  await ledger.apply(chain.state, block);
  t.equal(turns.count, count);
});

t.test('once stopped, what is under way ends at its next turn', async (t) => {
  const turns = new Turns();
  const ledger = new PacedLedger(turns);
  const preparing = ledger.prepare(SIGNED, chain.state);
  ledger.stop();
  await t.rejects(preparing, { message: 'stopped' });
  t.equal(turns.count, 1);
});

t.test('an item that repeats another is the same object, and its signature is verified once', async (t) => {
  const turns = new Turns();
  const copies = encodeBatchPayload(Array.from({ length: ITEMS }, () => chain.submission(0, 0, 1)));
  const { submissions } = await new PacedLedger(turns).prepare(copies, chain.state);
  t.equal(submissions.length, ITEMS);
  t.equal(new Set(submissions).size, 1);
  t.equal(turns.count, 0);
});

t.test(
  'of an item that no later block can apply only the reason is kept, and the ledger drops it for that',
  async (t) => {
    const later = new TestChain({ parameters: { maxSubmissionRecords: 4 } });
    later.extendWith(0, 1);
    const payload = encodeBatchPayload([
      later.submission(0, 1, 1, 1),
      later.submission(0, 0, 1),
      later.submission(0, 1, 5),
      later.submission(0, 2, 1),
      later.submission(0, 1, 1),
    ]);
    const ledger = new PacedLedger(new Turns());
    const prepared = await ledger.prepare(payload, later.state);
    t.strictSame(
      prepared.submissions.map((item) => item.ok || item.reason),
      ['bad-signature', 'serial-applied', 'over-limit', true, true],
      'a gap may close',
    );
    const input = later.input([later.batchOf(1, payload)]);
    t.strictSame(
      applyBlock(later.state, { input, batches: [prepared] }, verifySubmission),
      applyBlock(later.state, { input, batches: [prepareBatch(payload, later.state)] }, verifySubmission),
    );
  },
);
