import { ProtoWriter } from '@hufu/proof';
import t from 'tap';
import type { DroppedGroup } from '../../src/ledger/types.ts';
import { outcome } from '../../src/store/rows.ts';
import { decode, encode } from '../../src/wire/nested.ts';

const DROPPED: DroppedGroup = {
  gateway: 2,
  firstSerial: 7,
  count: 9,
  reason: 'serial-gap',
  batch: 1,
  submission: 3,
  submissions: 5,
};

t.test('what a block dropped is read as it was written', async (t) => {
  const row = { applied: [], dropped: [DROPPED, { ...DROPPED, gateway: null, submissions: 1 }] };
  t.strictSame(decode(outcome, encode(outcome, row)), { ok: true, value: row });
});

t.test('a row of before items were grouped is a group of one', async (t) => {
  const item = new ProtoWriter(64);
  item.optionalUint(1, DROPPED.gateway ?? 0);
  // The reason is its position in DROP_REASONS.
  for (const [i, value] of [
    DROPPED.firstSerial,
    DROPPED.count,
    8,
    DROPPED.batch,
    DROPPED.submission,
  ].entries()) {
    item.uint(2 + i, value);
  }
  const row = new ProtoWriter(64);
  row.bytes(2, item.finish());
  t.strictSame(decode(outcome, row.finish()), {
    ok: true,
    value: { applied: [], dropped: [{ ...DROPPED, submissions: 1 }] },
  });
});
