import t from 'tap';
import { judgeGovernance, validatorsToBeReady } from '../src/governance.ts';
import { encodeGovernanceAction, type GovernanceAction } from '../src/governance-action.ts';
import { must } from './must.ts';
import {
  actionOf,
  contextOf,
  firstEpoch,
  secondEpoch,
  type TestEpoch,
  testValidator,
  thirdEpoch,
} from './network/test-epochs.ts';
import { testNetwork } from './network/test-network.ts';
import { ownedBy, withParameter } from './vectors/governance-vectors.ts';

const EPOCH_0 = firstEpoch(testNetwork());
const EPOCH_1 = secondEpoch(EPOCH_0);
const EPOCH_2 = thirdEpoch(EPOCH_1);

const outcome = (epoch: TestEpoch, action: GovernanceAction, parentHeight?: number): string => {
  const judged = judgeGovernance(encodeGovernanceAction(action), contextOf(epoch, parentHeight));
  return judged.ok ? 'applies' : judged.error.code;
};

t.test('an action that applies gives the registry and the validators of the next epoch', async (t) => {
  for (const [epoch, next] of [
    [EPOCH_0, EPOCH_1],
    [EPOCH_1, EPOCH_2],
  ] as const) {
    const judged = judgeGovernance(encodeGovernanceAction(actionOf(epoch, next)), contextOf(epoch));
    if (!judged.ok) throw new Error(judged.error.remark);
    t.strictSame(judged.value.validators, next.validators);
    t.strictSame(judged.value.document.gateways, next.registry.gateways);
    t.strictSame(judged.value.document.parameters, next.registry.parameters);
  }
});

t.test('batches stay large enough for the next action', async (t) => {
  const epoch = firstEpoch(testNetwork());
  const smaller = (maxBatchBytes: number): TestEpoch => {
    const { registry } = epoch;
    return { ...epoch, registry: { ...registry, parameters: { ...registry.parameters, maxBatchBytes } } };
  };
  t.equal(outcome(epoch, actionOf(epoch, smaller(655_368))), 'applies');
  t.equal(outcome(epoch, actionOf(epoch, smaller(655_367))), 'governance-inconsistent');
  const small = smaller(2_048);
  t.equal(outcome(small, actionOf(small, smaller(2_048))), 'applies', 'what is small already may stay');
  t.equal(outcome(small, actionOf(small, smaller(2_047))), 'governance-inconsistent');
});

t.test('approved by more than two thirds of n members that run one validator each', async (t) => {
  for (const [n, needed] of [
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 3],
    [5, 4],
    [6, 5],
    [7, 5],
  ] as const) {
    const epoch = firstEpoch(testNetwork({ n, name: `of-${n}` }));
    const by = (count: number): string =>
      outcome(
        epoch,
        actionOf(
          epoch,
          withParameter(epoch),
          Array.from({ length: count }, (_, i) => n - count + i),
        ),
      );
    t.equal(by(needed), 'applies', `${needed} of ${n}`);
    t.equal(by(needed - 1), 'governance-not-approved', `${needed - 1} of ${n}`);
  }
});

t.test('where members run unequal numbers, both members and validators must be enough', async (t) => {
  const epoch = ownedBy([0, 0, 0, 1, 1, 1, 2, 2, 2, 3], 'unequal');
  const by = (approvers: readonly number[]): string =>
    outcome(epoch, actionOf(epoch, withParameter(epoch), approvers));
  t.equal(by([0, 1, 2, 3, 4, 5, 6]), 'applies', 'seven validators, three of four members');
  t.equal(by([0, 3, 6]), 'governance-not-approved', 'f validators, though of three of four members');
  t.equal(by([0, 1, 3, 4, 6, 7]), 'governance-not-approved', 'one validator short of a quorum');
});

t.test('readiness is needed of new validators and new keys, and of nobody else', async (t) => {
  t.strictSame(validatorsToBeReady(EPOCH_0.registry, EPOCH_0.registry), []);
  t.strictSame(validatorsToBeReady(EPOCH_0.registry, EPOCH_1.registry), [1, 4]);
  t.strictSame(validatorsToBeReady(EPOCH_1.registry, EPOCH_2.registry), [], 'positions may change');
  const { registry } = EPOCH_0;
  const moved = { ...must(registry.validators[2]), peerId: must(EPOCH_1.registry.validators[4]).peerId };
  const other = { ...registry, validators: registry.validators.with(2, moved) };
  t.strictSame(validatorsToBeReady(registry, other), [2], 'another peer id is another node');
});

t.test("readiness is for a height of the epoch, up to the parent's", async (t) => {
  const at = (height: number): string =>
    outcome(EPOCH_1, actionOf(EPOCH_1, rotatedAgain(), undefined, height), 6);
  t.strictSame([3, 4, 6, 7].map(at), ['governance-not-ready', 'applies', 'applies', 'governance-not-ready']);
});

t.test('readiness that was not needed must hold as well', async (t) => {
  const withAll = actionOf(EPOCH_0, { registry: withParameter(EPOCH_0).registry, keys: EPOCH_0.keys });
  const ready = actionOf(EPOCH_0, EPOCH_1).readiness;
  t.equal(outcome(EPOCH_0, withAll), 'applies');
  t.equal(outcome(EPOCH_0, { ...withAll, readiness: ready.slice(0, 1) }), 'governance-bad-signature');
});

t.test('any byte of an action that is changed is noticed', async (t) => {
  const bytes = encodeGovernanceAction(actionOf(EPOCH_0, EPOCH_1));
  const context = contextOf(EPOCH_0);
  // The document is one message: a byte in each hundred of it; all bytes of what surrounds it.
  const documentEnd = bytes.length - 5 * 160;
  const positions = Array.from({ length: bytes.length }, (_, i) => i).filter(
    (i) => i % 97 === 0 || i > documentEnd,
  );
  const unnoticed = positions.filter((i) => judgeGovernance(bytes.with(i, must(bytes[i]) ^ 1), context).ok);
  t.strictSame(unnoticed, []);
});

/** Epoch 1 with the keys of one validator rotated. */
function rotatedAgain(): Pick<TestEpoch, 'registry' | 'keys'> {
  const { registry, keys } = EPOCH_1;
  const notary = testValidator(EPOCH_1, 'notary', 'notary, rotated');
  const validators = registry.validators.with(3, notary.validator);
  return { registry: { ...registry, validators }, keys: keys.with(3, notary.keys) };
}
