import t from 'tap';
import { differences } from '../../src/governance/differences.ts';
import { exampleRegistry, newCard } from './registry-of-example.ts';

const before = exampleRegistry();

function lines(next: Partial<typeof before>): readonly string[] {
  return differences(before, { ...before, ...next }).map(({ en }) => en);
}

t.test('equal registries differ in nothing', async (t) => {
  t.strictSame(differences(before, exampleRegistry()), []);
});

t.test('every kind of change is told, in both languages', async (t) => {
  const { members, validators, gateways, parameters } = before;
  const [broker, ...others] = members;
  const [first, second, third, fourth] = validators;
  const [gateway] = gateways;
  if (broker === undefined || gateway === undefined) throw new Error('the example has one of each');
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) {
    throw new Error('the example has four validators');
  }
  const card = newCard('ca');
  const rows: readonly [Partial<typeof before>, RegExp][] = [
    [{ members: others }, /^- member broker$/],
    [{ members: [...members, { ...broker, name: 'new' }] }, /^\+ member new \(/],
    [{ members: [{ ...broker, organisation: 'Other' }, ...others] }, /^~ member broker \(Other; .*was /],
    [{ validators: [first, second, third] }, /^- validator of notary: 12D3/],
    [{ validators: [...validators, newCard('new')] }, /^\+ validator of new: 12D3/],
    [{ validators: [first, second, card, fourth] }, /^~ validator of ca, new keys: 12D3/],
    [{ validators: [second, first, third, fourth] }, /^~ order of the validators$/],
    [{ gateways: [...gateways, { ...gateway, index: 1, name: 'new' }] }, /^\+ gateway 1 of broker \(new\): /],
    [{ gateways: [{ ...gateway, publicKey: '00' }] }, /^~ gateway 0 \(.*\), new key: .* 00$/],
    [{ parameters: { ...parameters, maxDeltaMs: 3_000 } }, /^~ maxDeltaMs: 2000 → 3000$/],
  ];
  for (const [next, expected] of rows) {
    t.match(lines(next)[0], expected);
    for (const { zh } of differences(before, { ...before, ...next })) t.not(zh, '');
  }
  t.match(lines({ validators: [first, second, third] })[1], '= validators 4 → 3, quorum 3 → 3');
  t.equal(lines({ validators: [first, second, card, fourth] }).length, 1, 'a rotation is one change');
  t.match(lines({ validators: [first, second, card, fourth] })[0], card.keys['sm2-sm3'] ?? '-');
});
