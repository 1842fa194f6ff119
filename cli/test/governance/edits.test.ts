import { findBrokenSuccession, findContradiction } from '@hufu/proof';
import t from 'tap';
import { type Edits, editRegistry } from '../../src/governance/edits.ts';
import { exampleRegistry, newCard } from './registry-of-example.ts';

const before = exampleRegistry();
const suites = ['ed25519-sha256', 'sm2-sm3'] as const;

function edit(edits: Partial<Edits>) {
  const none: Edits = { set: [], removeValidators: [], rotate: [], addValidators: [], addGateways: [] };
  return editRegistry(before, { ...none, ...edits });
}

t.test('what is not edited stays as it was', async (t) => {
  const next = edit({ set: [{ name: 'heartbeatMs', value: 9_000 }] });
  t.strictSame(next, { ...before, parameters: { ...before.parameters, heartbeatMs: 9_000 } });
  t.not(before.parameters.heartbeatMs, 9_000, 'the registry that was given is not changed');
});

t.test('a validator of a new member comes last, and brings the member', async (t) => {
  const card = { ...newCard('regulator'), organisation: '示例监管', roles: ['notary' as const] };
  const next = edit({ addValidators: [card] });
  t.strictSame(next.members.at(-1), { name: 'regulator', organisation: '示例监管', roles: ['notary'] });
  t.strictSame(next.validators.at(-1), { member: 'regulator', peerId: card.peerId, keys: card.keys });
  t.equal(findContradiction(suites, next), undefined);
});

t.test('a removed validator leaves its member', async (t) => {
  const next = edit({ removeValidators: ['ca'] });
  t.strictSame(
    next.validators.map(({ member }) => member),
    ['broker', 'exchange-infra', 'notary'],
  );
  t.strictSame(next.members, before.members);
});

t.test('keys are rotated in place, of validators and of gateways', async (t) => {
  const card = newCard('ca');
  const [gateway] = before.gateways;
  if (gateway === undefined) throw new Error('a gateway');
  const { index: _, ...own } = gateway;
  const publicKey = newCard('x').keys[gateway.suite] ?? '';
  const next = edit({
    rotate: [
      { kind: 'validator', card },
      { kind: 'gateway', card: { ...own, publicKey } },
    ],
  });
  t.strictSame(next.validators[2], card);
  t.strictSame(next.gateways, [{ ...gateway, publicKey }]);
  t.equal(findContradiction(suites, next) ?? findBrokenSuccession(before, next), undefined);
});

t.test('a gateway is appended with the next index', async (t) => {
  const suite = 'sm2-sm3';
  const card = { name: 'second', member: 'ca', suite, publicKey: newCard('x').keys[suite] ?? '' } as const;
  t.strictSame(edit({ addGateways: [card] }).gateways[1], { index: 1, ...card });
});

t.test('edits that make no sense are refused', async (t) => {
  const [gateway] = before.gateways;
  if (gateway === undefined) throw new Error('a gateway');
  const rows: Partial<Edits>[] = [
    { removeValidators: ['nobody'] },
    { removeValidators: ['ca', 'ca'] },
    { addValidators: [newCard('nobody')] },
    { rotate: [{ kind: 'validator', card: newCard('nobody') }] },
    { rotate: [{ kind: 'gateway', card: { ...gateway, member: 'ca' } }] },
  ];
  for (const row of rows) t.throws(() => edit(row), { code: 'edit-impossible' }, Object.keys(row).join());
});
