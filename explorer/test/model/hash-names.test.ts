import { hashOf, SUITE_NAMES } from '@hufu/crypto';
import t from 'tap';
import { SHOWN_HASHES } from '../../src/model/hash-names.ts';

t.test('the hashes shown are those of the suites, in their order', async (t) => {
  t.same(SHOWN_HASHES, SUITE_NAMES.map(hashOf));
});
