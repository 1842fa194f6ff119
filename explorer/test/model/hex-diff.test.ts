import t from 'tap';
import { hexDiff } from '../../src/model/hex-diff.ts';

t.test('runs cover the whole text, and mark where the other differs', async (t) => {
  t.same(hexDiff('abcd', 'abcd'), [{ text: 'abcd', same: true }]);
  t.same(hexDiff('abcd', 'axyd'), [
    { text: 'a', same: true },
    { text: 'bc', same: false },
    { text: 'd', same: true },
  ]);
  t.same(hexDiff('abc', 'a'), [
    { text: 'a', same: true },
    { text: 'bc', same: false },
  ]);
  t.same(hexDiff('', 'a'), []);
});
