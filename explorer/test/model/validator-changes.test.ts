import { asEpoch } from '@hufu/consensus';
import type { ValidatorSet } from '@hufu/proof';
import t from 'tap';
import { validatorChanges } from '../../src/model/validator-changes.ts';

/** A set of validators written `member/key`. */
function setOf(...validators: readonly string[]): ValidatorSet {
  return {
    epoch: asEpoch(0),
    suites: ['sm2-sm3'],
    validators: validators.map((text) => {
      const [name = '', key = ''] = text.split('/');
      return { name, keys: [Uint8Array.of(Number(key))] };
    }),
  };
}

t.test('who joins, leaves, and has new keys', async (t) => {
  const before = setOf('broker/1', 'ca/2', 'notary/3');
  const next = setOf('notary/3', 'broker/9', 'joiner/4');
  t.strictSame(validatorChanges(before, next), { joined: ['joiner'], left: ['ca'], rotated: ['broker'] });
});

t.test('places do not matter, and nothing changed is nothing', async (t) => {
  const none = { joined: [], left: [], rotated: [] };
  t.strictSame(validatorChanges(setOf('a/1', 'b/2'), setOf('b/2', 'a/1')), none);
});

t.test('a member with several validators counts as often as it stands', async (t) => {
  const before = setOf('a/1', 'a/2');
  t.strictSame(validatorChanges(before, setOf('a/1', 'a/3', 'a/4')), {
    joined: ['a'],
    left: [],
    rotated: ['a'],
  });
  t.strictSame(validatorChanges(before, setOf('a/2')), { joined: [], left: ['a'], rotated: [] });
});
