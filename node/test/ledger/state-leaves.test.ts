import { readFileSync } from 'node:fs';
import { concatBytes, equalBytes, fromHex, fromUtf8, toHex, u64be, utf8 } from '@hufu/crypto';
import { parseGenesis } from '@hufu/proof';
import t from 'tap';
import { genesisState, parseStateLeaves, stateLeaves, stateRoots } from '../../src/ledger/index.ts';

const testdata = new URL('../../../testdata/', import.meta.url);
const vector: {
  readonly genesis: string;
  readonly nextSerials: readonly number[];
  readonly leaves: readonly string[];
} = JSON.parse(readFileSync(new URL('ledger-state/valid/after-eleven-records.json', testdata), 'utf8'));
const genesis = parseGenesis(new Uint8Array(readFileSync(new URL(vector.genesis, testdata))));
if (!genesis.ok) throw new Error(genesis.error.remark);
const begun = genesisState(genesis.value);
const { suites } = begun;
const gateways = begun.gateways.map((gateway, i) => ({
  ...gateway,
  nextSerial: vector.nextSerials[i] ?? 0,
}));
const state = { ...begun, gateways };
const leaves = stateLeaves(state);

t.test('docs/spec/ledger-state.md: the leaves of the vector, and the state read from them', async (t) => {
  t.strictSame(leaves.map(toHex), vector.leaves);
  const parsed = parseStateLeaves(
    vector.leaves.map((leaf) => fromHex(leaf) ?? new Uint8Array(0)),
    suites,
  );
  if (!parsed.ok) throw new Error(parsed.error);
  const { epoch, registry } = state;
  t.strictSame(parsed.value, { epoch, registry, gateways });
  t.equal(JSON.stringify(parsed.value.registry), JSON.stringify(registry), 'members of objects in order too');
  t.strictSame(stateRoots({ suites, ...parsed.value }), stateRoots(state));
});

t.test('every altered, cut or longer leaf is refused, or is the leaf of another state', async (t) => {
  let refused = 0;
  const check = (changed: readonly Uint8Array[]) => {
    const parsed = parseStateLeaves(changed, suites);
    if (!parsed.ok) return refused++;
    const again = stateLeaves({ suites, ...parsed.value });
    if (again.length !== changed.length || !again.every((leaf, i) => equalBytes(leaf, at(changed, i))))
      t.fail('read as a state with other leaves');
    return refused;
  };
  for (const [i, leaf] of leaves.entries()) {
    for (let position = 0; position < leaf.length; position++) {
      for (const flip of [0x01, 0x80]) {
        const altered = leaf.slice();
        altered[position] = at(leaf, position) ^ flip;
        check(leaves.with(i, altered));
      }
      const before = refused;
      check(leaves.with(i, leaf.slice(0, position)));
      t.equal(refused, before + 1, `leaf ${i} cut to ${position} bytes is refused`);
    }
    const before = refused;
    check(leaves.with(i, concatBytes(leaf, Uint8Array.of(0))));
    t.equal(refused, before + 1, `leaf ${i} with a byte more is refused`);
  }
});

t.test('leaves stand in their order, none missing, none twice', async (t) => {
  const { registry } = state;
  for (const i of leaves.keys()) {
    const twice = [...leaves.slice(0, i + 1), ...leaves.slice(i)];
    t.equal(parseStateLeaves(twice, suites).ok, false, `leaf ${i} twice`);
    // Without the last validator or the last gateway it is another state, and only its root shows that.
    const isSpare = i === registry.members.length + registry.validators.length || i + 1 === leaves.length;
    t.equal(parseStateLeaves(leaves.toSpliced(i, 1), suites).ok, isSpare, `without leaf ${i}`);
    if (i + 1 === leaves.length) continue;
    const swapped = leaves.with(i, at(leaves, i + 1)).with(i + 1, at(leaves, i));
    t.equal(parseStateLeaves(swapped, suites).ok, false, `leaves ${i} and ${i + 1} swapped`);
  }
  for (const none of [[], leaves.slice(1)])
    t.strictSame(parseStateLeaves(none, suites), { ok: false, error: 'no parameters' });
});

const [parameters, member] = [at(leaves, 0), at(leaves, 1)];
const ofMember = utf8('hufu/state/member/v1\0');
const text = (value: Uint8Array) => concatBytes(u64be(value.length), value);
const [broker, organisation] = ['broker', 'Broker'].map((value) => text(utf8(value)));
if (broker === undefined || organisation === undefined) throw new Error('two texts');

/** A parameters leaf with one integer, from the epoch on, replaced. */
function withInteger(position: number, value: Uint8Array): Uint8Array {
  const leaf = parameters.slice();
  leaf.set(value, utf8('hufu/state/parameters/v1\0').length + 8 * position);
  return leaf;
}

const hostile: Readonly<Record<string, readonly [number, Uint8Array, string | RegExp]>> = {
  'an epoch above 2^53 - 1': [
    0,
    withInteger(0, Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0)),
    'leaf 0: no integer',
  ],
  'a parameter out of its range': [0, withInteger(1, u64be(0)), /^\/parameters\/minDeltaMs: /],
  'a contradiction': [0, withInteger(1, u64be(2_001)), 'minDeltaMs is above maxDeltaMs'],
  'another version of a leaf': [1, utf8((fromUtf8(member) ?? '').replace('v1', 'v2')), /^leaf 1: unknown/],
  'a member at another position': [
    1,
    concatBytes(ofMember, u64be(1), broker, organisation, u64be(1), u64be(0)),
    'leaf 1: not at its position',
  ],
  'a name that is not UTF-8': [
    1,
    concatBytes(ofMember, u64be(0), text(Uint8Array.of(0xc3)), organisation, u64be(1), u64be(0)),
    'leaf 1: not UTF-8',
  ],
  'a name longer than its leaf': [
    1,
    concatBytes(ofMember, u64be(0), u64be(Number.MAX_SAFE_INTEGER), utf8('broker')),
    'leaf 1: an integer above 6',
  ],
  'more roles than there are': [
    1,
    concatBytes(ofMember, u64be(0), broker, organisation, u64be(6), ...Array(6).fill(u64be(0))),
    'leaf 1: an integer above 5',
  ],
  'a role that is not there': [
    1,
    concatBytes(ofMember, u64be(0), broker, organisation, u64be(1), u64be(5)),
    'leaf 1: an integer above 4',
  ],
  'a member that is not described': [
    1,
    concatBytes(ofMember, u64be(0), broker, text(utf8('')), u64be(1), u64be(0)),
    /^\/members\/0\/organisation: /,
  ],
};

for (const [name, [index, leaf, remark]] of Object.entries(hostile)) {
  t.test(`refuses ${name}`, async (t) => {
    t.match(parseStateLeaves(leaves.with(index, leaf), suites), { ok: false, error: remark });
  });
}

t.test('the member that the hostile ones are variations of is accepted', async (t) => {
  const plain = concatBytes(ofMember, u64be(0), broker, organisation, u64be(1), u64be(0));
  t.match(parseStateLeaves(leaves.with(1, plain), suites), {
    ok: true,
    value: { registry: { members: [{ organisation: 'Broker' }] } },
  });
});

function at<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) throw new Error(`nothing at ${index}`);
  return value;
}
