import { asEpoch } from '@hufu/consensus';
import { hash, toHex } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import {
  decodeValidatorSet,
  encodeValidatorSet,
  type Validator,
  type ValidatorSet,
  validatorSetDigests,
} from '../src/validator-set.ts';
import { damaged } from './arbitraries.ts';
import { must } from './must.ts';
import { testKeys, testNetwork } from './network/test-network.ts';
import { referenceEncode } from './reference-protobuf.ts';

const SET = testNetwork().validators;
const [first, second] = [must(SET.validators[0]), must(SET.validators[1])];
const refused = { ok: false, error: { code: 'validator-set-malformed' } };
const decode = (change: Partial<ValidatorSet>) =>
  decodeValidatorSet(encodeValidatorSet({ ...SET, ...change }));

t.test('a set comes back as it went in, and protobufjs writes the same bytes', async (t) => {
  const set = { ...SET, epoch: asEpoch(3) };
  t.strictSame(decodeValidatorSet(encodeValidatorSet(set)), { ok: true, value: set });
  const nested = { ...set, validators: [...set.validators] };
  t.equal(toHex(referenceEncode('ValidatorSet', nested)), toHex(encodeValidatorSet(set)));
});

t.test('known suites once each, a valid key per suite, no key twice', async (t) => {
  t.match(decode({ validators: [first] }), { ok: true });
  t.match(decode({ validators: [] }), refused, 'no validator');
  t.match(decode({ suites: [] }), refused, 'no suite');
  t.match(decode({ suites: ['sm2-sm3', 'sm2-sm3'] }), refused, 'a suite twice');
  t.match(decode({ suites: ['sm2-sm3', 'ed25519-sha256'] }), refused, 'keys in another order');
  const withKeys = (keys: readonly Uint8Array[]) => decode({ validators: [{ ...first, keys }, second] });
  const [ed25519, sm2] = [must(first.keys[0]), must(first.keys[1])];
  t.match(withKeys([ed25519]), refused, 'a key missing');
  t.match(withKeys([ed25519, sm2.with(64, must(sm2[64]) ^ 1)]), refused, 'a point off the curve');
  t.match(withKeys([new Uint8Array(32), sm2]), refused, 'an Ed25519 key of small order');
  t.match(withKeys([must(second.keys[0]), sm2]), refused, "another's key");
  t.match(decode({ validators: [{ ...first, name: '' }] }), refused, 'no name');
});

t.test('an unknown suite is refused', async (t) => {
  const bytes = referenceEncode('ValidatorSet', { suites: ['rsa-md5'], validators: [] });
  t.match(decodeValidatorSet(bytes), refused);
});

t.test('at most 100 validators, 32 KiB', async (t) => {
  const validators = Array.from({ length: 101 }, (_, i): Validator => {
    return { name: `member-${i}`, keys: [testKeys(`many ${i}`).publicKey('ed25519-sha256')] };
  });
  const many = (count: number) =>
    decode({ suites: ['ed25519-sha256'], validators: validators.slice(0, count) });
  t.match(many(100), { ok: true });
  t.match(many(101), refused);
  t.match(decodeValidatorSet(new Uint8Array(32_769)), refused);
});

t.test('decoding never throws and accepts canonical bytes only', async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged(fc.constant(encodeValidatorSet(SET))));
  fc.assert(
    fc.property(bytes, (input) => {
      const decoded = decodeValidatorSet(input);
      return !decoded.ok || toHex(encodeValidatorSet(decoded.value)) === toHex(input);
    }),
    { numRuns: 1_000 },
  );
});

t.test('the digest is of the bytes, under the hash of each suite, and names the epoch', async (t) => {
  const bytes = encodeValidatorSet(SET);
  t.strictSame(validatorSetDigests(SET), [hash('sha256', bytes), hash('sm3', bytes)]);
  const later = validatorSetDigests({ ...SET, epoch: asEpoch(1) });
  t.not(toHex(must(later[0])), toHex(hash('sha256', bytes)));
});
