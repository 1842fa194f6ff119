import { asHeight, asView } from '@hufu/consensus';
import { decodeGovernanceAction, decodeHeader, isGovernanceItem, validatorSetDigests } from '@hufu/proof';
import t from 'tap';
import { type ExecutedBlock, enterEpoch, stateRoots } from '../../src/ledger/index.ts';
import { type ActionOptions, actionOf, joining } from '../support/governance.ts';
import { TestChain } from '../support/test-chain.ts';

/** A chain with two blocks of evidence, so that there is a height to be ready at. */
function running(): TestChain {
  const chain = new TestChain();
  chain.extendWith(0, 2);
  chain.extendWith(1, 2);
  return chain;
}

function applyItems(chain: TestChain, ...items: readonly Uint8Array[]): ExecutedBlock {
  return chain.extend([chain.batch(0, items)]);
}

t.test('an approved action ends the epoch with its block, which names the next validators', async (t) => {
  const chain = running();
  const { registry, validatorSetDigest, logSize } = chain.state;
  const joiner = chain.newValidator('member-0', 4);
  const validators = [...registry.validators.slice(1), joiner];
  const action = actionOf(chain, { validators });
  t.ok(isGovernanceItem(action));
  const block = applyItems(chain, action);
  t.equal(block.endsEpoch, true);
  t.strictSame(block.applied, [
    { gateway: null, firstSerial: 0, count: 1, firstIndex: logSize, batch: 0, submission: 0 },
  ]);
  t.equal(block.state.logSize, logSize + 1, 'the action is a leaf of the log');
  const { header, state } = block;
  t.equal(header.epoch, 0);
  t.strictSame(header.validatorSetDigest, validatorSetDigest, 'the old validators sign it');
  if (state.next === null) throw new Error('no next epoch');
  t.strictSame(header.nextValidatorSetDigest, validatorSetDigests(state.next.validators));
  t.equal(state.next.validators.epoch, 1);
  t.strictSame(state.next.registry.validators, validators);
  t.strictSame(
    header.stateRoot,
    stateRoots(enterEpoch(state)),
    'the root of the state to start the next from',
  );
  t.notSame(header.stateRoot, stateRoots(state));
  t.strictSame(decodeHeader(block.headerBytes), { ok: true, value: header });
});

t.test('the block after an epoch’s last belongs to the next epoch and its validators', async (t) => {
  const chain = running();
  const parameters = { ...chain.state.registry.parameters, maxSubmissionRecords: 3 };
  const end = applyItems(chain, actionOf(chain, { ...joining(chain), parameters }));
  const first = applyItems(chain, chain.submission(0, 4, 4), chain.submission(0, 4, 3));
  t.equal(end.endsEpoch && !first.endsEpoch, true);
  t.match(first.header, { epoch: 1, height: 4, proposer: first.header.view % 5 });
  t.equal(first.header.nextValidatorSetDigest, undefined);
  t.strictSame(first.header.validatorSetDigest, end.header.nextValidatorSetDigest);
  t.match(first.dropped, [{ reason: 'over-limit' }], 'the new parameters apply');
  t.match(first.applied, [{ gateway: 0, firstSerial: 4, count: 3 }], 'serials go on');
  t.match(first.state, { epoch: 1, epochFirstHeight: 4, next: null });
});

t.test('what follows an action in its block still applies by the old registry', async (t) => {
  const chain = running();
  const parameters = { ...chain.state.registry.parameters, maxSubmissionRecords: 1 };
  const block = applyItems(
    chain,
    chain.submission(0, 4, 2),
    actionOf(chain, { parameters }),
    chain.submission(0, 6, 2),
  );
  t.strictSame(block.dropped, []);
  t.strictSame(
    block.applied.map(({ gateway, count }) => [gateway, count]),
    [
      [0, 2],
      [null, 1],
      [0, 2],
    ],
  );
});

t.test('the first action that holds ends the epoch; another of the block is dropped', async (t) => {
  const chain = running();
  const { parameters } = chain.state.registry;
  const rejected = actionOf(chain, { parameters }, { approving: [0, 1] });
  const first = actionOf(chain, { parameters: { ...parameters, heartbeatMs: 5_000 } });
  const second = actionOf(chain, { parameters: { ...parameters, heartbeatMs: 6_000 } });
  const batches = [chain.batch(0, [rejected]), chain.batch(1, [first]), chain.batch(2, [second])];
  const block = chain.extend(batches);
  const at = (batch: number) => ({ batch, submission: 0, submissions: 1 });
  t.strictSame(block.dropped, [
    { gateway: null, firstSerial: 0, count: 1, reason: 'governance-not-approved', ...at(0) },
    { gateway: null, firstSerial: 0, count: 1, reason: 'epoch-over', ...at(2) },
  ]);
  t.equal(block.state.next?.registry.parameters.heartbeatMs, 5_000);
});

t.test('of each origin only the first action in a block is judged', async (t) => {
  const chain = running();
  const { parameters } = chain.state.registry;
  const rejected = actionOf(chain, { parameters }, { approving: [0, 1] });
  const good = actionOf(chain, { parameters });
  const block = chain.extend([chain.batch(0, [rejected, good]), chain.batch(0, [good])]);
  t.match(block.dropped, [
    { reason: 'governance-not-approved' },
    { reason: 'governance-surplus', batch: 0, submission: 1, submissions: 2 },
  ]);
  t.equal(block.endsEpoch, false);
});

t.test('an action cannot be applied again', async (t) => {
  const chain = running();
  const action = actionOf(chain, {});
  t.equal(applyItems(chain, action).endsEpoch, true);
  t.match(applyItems(chain, action).dropped, [{ reason: 'governance-wrong-epoch' }]);
});

t.test('gateways keep their serials over a rotation of their key, new ones begin with 0', async (t) => {
  const chain = running();
  const { gateways } = chain.state.registry;
  const [rotated, added] = [chain.newValidator('member-0', 9), chain.newValidator('member-0', 10)];
  const [first, ...rest] = gateways;
  if (first === undefined) throw new Error('a gateway');
  applyItems(
    chain,
    actionOf(chain, {
      gateways: [
        { ...first, publicKey: rotated.keys[first.suite] ?? '' },
        ...rest,
        { ...first, index: 2, name: 'gateway-2', publicKey: added.keys[first.suite] ?? '' },
      ],
    }),
  );
  t.strictSame(
    enterEpoch(chain.state).gateways.map(({ nextSerial }) => nextSerial),
    [4, 4, 0],
  );
  const after = applyItems(chain, chain.submission(0, 4, 1), chain.submission(1, 4, 1));
  t.match(after.dropped, [{ gateway: 0, reason: 'bad-signature' }], 'the old key signs no more');
  t.match(after.applied, [{ gateway: 1 }]);
});

const other = new TestChain();
const refused: Readonly<Record<string, ActionOptions & { readonly reason: string }>> = {
  'for another chain': {
    reason: 'governance-wrong-chain',
    document: { chainId: { sha256: new Uint8Array(32), sm3: new Uint8Array(32) } },
  },
  'with a contradiction': {
    reason: 'governance-inconsistent',
    document: { members: other.state.registry.members.slice(1) },
  },
  'of half of the members': { reason: 'governance-not-approved', approving: [0, 3] },
  'without the new validator’s word': { reason: 'governance-not-ready', ready: [] },
};
for (const [name, { reason, ...options }] of Object.entries(refused)) {
  t.test(`drops an action ${name} (${reason}), and goes on in its epoch`, async (t) => {
    const chain = running();
    const action = actionOf(chain, joining(chain), options);
    const block = applyItems(chain, action, chain.submission(0, 4, 1));
    t.match(block.dropped, [{ reason }]);
    t.equal(block.endsEpoch, false);
    t.equal(block.header.nextValidatorSetDigest, undefined);
    t.equal(block.entryCount, 1);
  });
}

t.test('drops bytes that begin like an action', async (t) => {
  const chain = running();
  const action = actionOf(chain, {});
  t.ok(decodeGovernanceAction(action).ok);
  for (const bytes of [action.slice(0, -1), Uint8Array.of(0x12, 0)]) {
    const block = applyItems(chain, bytes);
    t.match(block.dropped, [{ reason: 'governance-malformed' }]);
    t.equal(block.endsEpoch, false);
  }
});

t.test('a state whose epoch goes on is not entered anew', async (t) => {
  const { state } = running();
  t.equal(enterEpoch(state), state);
  t.match(state, { epoch: 0, epochFirstHeight: 1, tip: { height: asHeight(2), view: asView(2) } });
});
