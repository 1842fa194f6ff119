import { readFileSync } from 'node:fs';
import { asEpoch } from '@hufu/consensus';
import { hash, hashOf, toHex } from '@hufu/crypto';
import { parseGenesis, type Registry } from '@hufu/proof';
import t from 'tap';
import { genesisState, type LedgerState, stateRoots } from '../../src/ledger/index.ts';

const testdata = new URL('../../../testdata/', import.meta.url);

/** RFC 9162, section 2.1.1, as it is written there. */
function treeHash(name: 'sha256' | 'sm3', leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return hash(name, new Uint8Array(0));
  if (leaves.length === 1) return hash(name, Buffer.concat([Uint8Array.of(0), only]));
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return hash(name, Buffer.concat([Uint8Array.of(1), treeHash(name, left), treeHash(name, right)]));
}

t.test(
  'docs/spec/ledger-state.md: the state root of the vector, from its leaves and from its genesis',
  async (t) => {
    const path = new URL('ledger-state/valid/after-eleven-records.json', testdata);
    const vector = JSON.parse(readFileSync(path, 'utf8'));
    const genesis = parseGenesis(new Uint8Array(readFileSync(new URL(vector.genesis, testdata))));
    if (!genesis.ok) throw new Error(genesis.error.remark);
    const state = genesisState(genesis.value);
    const gateways = state.gateways.map((gateway, i) => ({ ...gateway, nextSerial: vector.nextSerials[i] }));
    const roots = stateRoots({ ...state, gateways }).map(toHex);
    const names = state.suites.map(hashOf);
    t.strictSame(
      roots,
      names.map((name) => vector.roots[name]),
    );
    const leaves = vector.leaves.map((leaf: string) => Buffer.from(leaf, 'hex'));
    t.strictSame(
      roots,
      names.map((name) => toHex(treeHash(name, leaves))),
    );
  },
);

t.test('anything in the state changes the root', async (t) => {
  const genesis = parseGenesis(new Uint8Array(readFileSync(new URL('example/genesis.json', testdata))));
  if (!genesis.ok) throw new Error(genesis.error.remark);
  const state = genesisState(genesis.value);
  const [gateway] = state.gateways;
  const { registry } = state;
  const [member] = registry.members;
  const [validator] = registry.validators;
  if (gateway === undefined || member === undefined || validator === undefined)
    throw new Error('one of each');
  const changed = [
    { ...state, epoch: asEpoch(1) },
    ...Object.entries(registry.parameters).map(([name, value]) =>
      withRegistry({ parameters: { ...registry.parameters, [name]: value + 1 } }),
    ),
    withRegistry({ members: registry.members.slice(1) }),
    withRegistry({ members: registry.members.toReversed() }),
    ...[{ name: 'other' }, { organisation: 'other' }, { roles: ['observer' as const] }].map((other) =>
      withRegistry({ members: [{ ...member, ...other }, ...registry.members.slice(1)] }),
    ),
    withRegistry({ validators: registry.validators.slice(1) }),
    withRegistry({ validators: registry.validators.toReversed() }),
    ...[{ member: 'other' }, { peerId: 'other' }, { keys: {} }].map((other) =>
      withRegistry({ validators: [{ ...validator, ...other }, ...registry.validators.slice(1)] }),
    ),
    { ...state, gateways: [] },
    ...[
      { nextSerial: 1 },
      { index: 1 },
      { name: 'other' },
      { member: 'other' },
      { suite: 'ed25519-sha256' as const },
      { publicKey: gateway.publicKey.slice(1) },
    ].map((other) => ({ ...state, gateways: [{ ...gateway, ...other }] })),
  ];
  const roots = new Set([state, ...changed].map((each) => toHex(stateRoots(each)[0] ?? new Uint8Array(0))));
  t.equal(roots.size, 1 + changed.length);

  function withRegistry(other: Partial<Registry>): LedgerState {
    return { ...state, registry: { ...registry, ...other } };
  }
});
