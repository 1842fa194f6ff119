import { hash, SUITE_NAMES, toHex, utf8 } from '@hufu/crypto';
import t from 'tap';
import {
  encodeGenesis,
  type Genesis,
  genesisValidatorSet,
  MAX_GENESIS_BYTES,
  parseGenesis,
} from '../src/genesis.ts';
import { must } from './must.ts';
import { testGenesis, testKeys } from './network/test-network.ts';

const GENESIS = testGenesis();
const BYTES = encodeGenesis(GENESIS);
const TEXT = new TextDecoder().decode(BYTES);

const code = (bytes: Uint8Array): string => {
  const parsed = parseGenesis(bytes);
  return parsed.ok ? 'accepted' : parsed.error.code;
};
/** The document with a change that TypeScript would not let through, in the genesis serialisation. */
const changed = (change: (document: Record<string, unknown>) => void): Uint8Array => {
  const document: Record<string, unknown> = JSON.parse(TEXT);
  change(document);
  return utf8(`${JSON.stringify(document, null, 2)}\n`);
};

t.test('a genesis comes back as it went in; the chain id is the digest of its bytes', async (t) => {
  t.strictSame(parseGenesis(BYTES), {
    ok: true,
    value: { genesis: GENESIS, chainId: [hash('sha256', BYTES), hash('sm3', BYTES)] },
  });
  const gmOnly = encodeGenesis(testGenesis({ suites: ['sm2-sm3'] }));
  t.match(parseGenesis(gmOnly), { ok: true, value: { chainId: [hash('sm3', gmOnly)] } });
});

t.test('the genesis kept from the last reading does not follow later changes of the bytes', async (t) => {
  const bytes = BYTES.slice();
  t.equal(code(bytes), 'accepted');
  bytes[0] = 0;
  t.equal(code(bytes), 'genesis-malformed');
  t.equal(code(BYTES), 'accepted');
});

t.test('one serialisation only', async (t) => {
  const other = (text: string): string => code(utf8(text));
  t.equal(other(TEXT.trimEnd()), 'genesis-not-canonical', 'no final newline');
  t.equal(other(`${TEXT} `), 'genesis-not-canonical', 'a space at the end');
  t.equal(other(JSON.stringify(GENESIS)), 'genesis-not-canonical', 'no indentation');
  t.equal(other(TEXT.replaceAll('\n', '\r\n')), 'genesis-not-canonical', 'other line ends');
  t.equal(other(TEXT.replace('"test"', '"\\u0074est"')), 'genesis-not-canonical', 'an escape');
  t.equal(
    other(TEXT.replace('"name": "test"', '"name": "x",\n  "name": "test"')),
    'genesis-not-canonical',
    'a member twice',
  );
  t.equal(other(TEXT.replace('30000', '3e4')), 'genesis-not-canonical', 'a number otherwise written');
  t.equal(other(`\uFEFF${TEXT}`), 'genesis-malformed', 'a byte order mark');
  const { format, name, ...rest } = GENESIS;
  t.equal(
    other(`${JSON.stringify({ name, format, ...rest }, null, 2)}\n`),
    'genesis-not-canonical',
    'members in another order',
  );
});

t.test('a closed schema', async (t) => {
  const malformed = (change: (document: Record<string, unknown>) => void, why: string): void => {
    t.equal(code(changed(change)), 'genesis-malformed', why);
  };
  malformed((g) => (g.extra = 1), 'an unknown member');
  malformed((g) => delete g.gateways, 'a missing member');
  malformed((g) => (g.format = 'hufu-genesis/2'), 'another format');
  malformed((g) => (g.name = 'Test'), 'a name in upper case');
  malformed((g) => (g.name = 'a'.repeat(64)), 'a long name');
  malformed((g) => (g.createdAt = '2026-01-01'), 'a date without time');
  malformed((g) => (g.suites = []), 'no suite');
  malformed((g) => (g.suites = ['rsa']), 'an unknown suite');
  malformed((g) => (g.validators = []), 'no validator');
  malformed((g) => (g.parameters = {}), 'no parameters');
  malformed((g) => (g.parameters = { ...GENESIS.parameters, minDeltaMs: 0 }), 'a parameter out of bounds');
  malformed(
    (g) => (g.parameters = { ...GENESIS.parameters, minDeltaMs: '30' }),
    'a parameter of another type',
  );
  malformed((g) => (g.members = [{ ...GENESIS.members[0], organisation: 'a\u202eb' }]), 'a bidi override');
  malformed((g) => (g.members = [{ ...GENESIS.members[0], organisation: '\ud800' }]), 'half a character');
  malformed((g) => (g.members = [{ ...GENESIS.members[0], organisation: 'a\nb' }]), 'a line break');
  malformed((g) => (g.members = null), 'null');
  for (const bytes of [utf8(''), utf8('null'), utf8('[]'), utf8('{}'), Uint8Array.of(0xff)]) {
    t.equal(code(bytes), 'genesis-malformed');
  }
  t.equal(
    code(utf8(TEXT.replace('"name": "test"', '"__proto__": {},\n  "name": "test"'))),
    'genesis-malformed',
  );
  t.equal(code(new Uint8Array(MAX_GENESIS_BYTES + 1)), 'genesis-too-large');
});

t.test('a document that contradicts itself', async (t) => {
  const contradicts = (change: Partial<Genesis>, why: string): void => {
    const genesis = { ...GENESIS, ...change };
    t.equal(code(utf8(`${JSON.stringify(genesis, null, 2)}\n`)), 'genesis-inconsistent', why);
    t.throws(() => encodeGenesis(genesis), `and is not written: ${why}`);
  };
  const [v0, v1, ...others] = GENESIS.validators;
  const [validator, next] = [must(v0), must(v1)];
  const gateway = must(GENESIS.gateways[0]);
  const members = GENESIS.members;
  contradicts({ createdAt: '2026-02-30T00:00:00.000Z' }, 'a day that does not exist');
  contradicts({ createdAt: '2026-01-01T25:00:00.000Z' }, 'an hour that does not exist');
  contradicts({ suites: ['sm2-sm3', 'sm2-sm3'] }, 'a suite twice');
  contradicts({ suites: ['sm2-sm3', 'ed25519-sha256'] }, 'keys in another order than the suites');
  contradicts({ suites: ['sm2-sm3'] }, 'a key of a suite that is not used');
  contradicts({ members: [...members, must(members[0])] }, 'a member twice');
  contradicts({ members: members.map((m) => ({ ...m, roles: ['ca', 'ca'] })) }, 'a role twice');
  contradicts({ members: members.map((m) => ({ ...m, roles: ['observer'] })) }, 'an observer that votes');
  contradicts({ members: members.slice(1) }, 'a validator of no member');
  contradicts(
    { validators: [validator, { ...next, peerId: validator.peerId }, ...others] },
    'a peer id twice',
  );
  contradicts({ validators: [validator, { ...next, keys: validator.keys }, ...others] }, 'a key twice');
  contradicts(
    {
      validators: [
        validator,
        { ...next, member: validator.member },
        ...others.map((v) => ({ ...v, member: validator.member })),
      ],
    },
    'a member with more than f validators',
  );
  contradicts(
    {
      validators: [{ ...validator, keys: { 'ed25519-sha256': '00'.repeat(32), 'sm2-sm3': '04'.repeat(65) } }],
    },
    'keys off the curves',
  );
  contradicts({ gateways: [{ ...gateway, index: 1 }] }, 'a gateway out of place');
  contradicts({ gateways: [{ ...gateway, member: 'nobody' }] }, 'a gateway of no member');
  contradicts({ gateways: [{ ...gateway, suite: 'ed25519-sha256' }] }, "a gateway's key of another suite");
  contradicts({ gateways: [gateway, { ...gateway, index: 1, name: 'other' }] }, 'a gateway key twice');
  contradicts(
    {
      gateways: [
        gateway,
        { ...gateway, index: 1, publicKey: toHex(testKeys('another').publicKey('sm2-sm3')) },
      ],
    },
    'a gateway name twice',
  );
  contradicts(
    { gateways: [{ ...gateway, publicKey: must(validator.keys['sm2-sm3']) }] },
    "a validator's key as a gateway's",
  );
  contradicts({ parameters: { ...GENESIS.parameters, minDeltaMs: 3_000 } }, 'bounds the wrong way round');
});

t.test('an organisation is named in any script', async (t) => {
  const named = (organisation: string) => {
    const [first, ...others] = GENESIS.members;
    return parseGenesis(encodeGenesis({ ...GENESIS, members: [{ ...must(first), organisation }, ...others] }))
      .ok;
  };
  t.ok(named('㐂𠮷株式会社「例」(Beijing) Co., Ltd. é'));
  t.ok(named('𠀀'.repeat(128)));
  t.throws(() => named('𠀀'.repeat(129)));
});

t.test('a member may run up to f validators', async (t) => {
  const seven = testGenesis({ n: 7, name: 'seven' });
  const owned = (count: number): Genesis => ({
    ...seven,
    validators: seven.validators.map((v, i) =>
      i < count ? { ...v, member: must(seven.members[0]).name } : v,
    ),
  });
  t.doesNotThrow(() => encodeGenesis(owned(2)));
  t.throws(() => encodeGenesis(owned(3)), /runs 3 validators/);
});

t.test('the validator set of epoch 0 has the keys as bytes, in the order of the suites', async (t) => {
  const set = genesisValidatorSet(GENESIS);
  t.equal(set.epoch, 0);
  t.strictSame(set.suites, GENESIS.suites);
  const keys = testKeys('test validator 2');
  t.strictSame(set.validators[2], {
    name: 'ca',
    keys: SUITE_NAMES.map(keys.publicKey),
  });
});
