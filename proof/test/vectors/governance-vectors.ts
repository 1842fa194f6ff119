import { toBase64, toHex } from '@hufu/crypto';
import {
  encodeGovernanceAction,
  encodeValidatorSet,
  type GovernanceAction,
  type GovernanceContext,
  type GovernanceFault,
  type Registry,
  registryValidatorSet,
  validatorSetDigests,
} from '../../src/index.ts';
import { must } from '../must.ts';
import {
  actionOf,
  contextOf,
  firstEpoch,
  secondEpoch,
  type TestEpoch,
  thirdEpoch,
} from '../network/test-epochs.ts';
import { testNetwork } from '../network/test-network.ts';

/** A governance action and the state that it is judged against. */
export interface GovernanceVector {
  readonly name: string;
  /** What it changes, or what the attacker did. */
  readonly about: string;
  readonly context: GovernanceContext;
  readonly action: Uint8Array;
  /** Undefined: it applies. */
  readonly problem?: GovernanceFault;
}

export const EPOCH_0: TestEpoch = firstEpoch(testNetwork());
export const EPOCH_1: TestEpoch = secondEpoch(EPOCH_0);
const EPOCH_2 = thirdEpoch(EPOCH_1);

/** An epoch of ten validators, of which member `owners[i]` runs number i. */
export function ownedBy(owners: readonly number[], name: string): TestEpoch {
  const epoch = firstEpoch(testNetwork({ n: owners.length, name }));
  const { registry, genesis } = epoch;
  const validators = registry.validators.map((validator, i) => ({
    ...validator,
    member: must(registry.members[must(owners[i])]).name,
  }));
  const owned: Registry = { ...registry, validators };
  return { ...epoch, registry: owned, validators: registryValidatorSet(0, genesis.suites, owned) };
}

/** The same registry with one parameter changed: nobody has to be ready. */
export function withParameter(epoch: TestEpoch): TestEpoch {
  const parameters = { ...epoch.registry.parameters, heartbeatMs: 10_000 };
  return { ...epoch, registry: { ...epoch.registry, parameters } };
}

const accepted = (
  name: string,
  about: string,
  epoch: TestEpoch,
  action: GovernanceAction,
): GovernanceVector => ({
  name,
  about,
  context: contextOf(epoch),
  action: encodeGovernanceAction(action),
});

const SIX = firstEpoch(testNetwork({ n: 6, name: 'six' }));
const GM_ONLY = firstEpoch(testNetwork({ suites: ['sm2-sm3'] }));

export const VALID_GOVERNANCE: readonly GovernanceVector[] = [
  accepted(
    'rotation-and-joiner',
    'Keys of one validator are rotated; a member joins with a validator and a gateway.',
    EPOCH_0,
    actionOf(EPOCH_0, EPOCH_1),
  ),
  accepted(
    'validator-leaves',
    'In epoch 1 a validator leaves and a parameter changes.',
    EPOCH_1,
    actionOf(EPOCH_1, EPOCH_2),
  ),
  accepted(
    'five-of-six',
    'Five of six approve: the fewest that are more than two thirds.',
    SIX,
    actionOf(SIX, withParameter(SIX), [0, 1, 2, 4, 5]),
  ),
  accepted('sm2-only', 'A chain of the SM2 suite alone.', GM_ONLY, actionOf(GM_ONLY, secondEpoch(GM_ONLY))),
];

/** The vector's file. */
export function governanceJson(vector: GovernanceVector): object {
  const { suites, chainId, epoch, validatorSetDigest, registry, firstHeight, parentHeight } = vector.context;
  const { members, validators, gateways, parameters } = registry;
  return {
    ...(vector.problem === undefined ? { description: vector.about } : { attack: vector.about }),
    context: {
      suites,
      chainId: chainId.map(toHex),
      epoch,
      validatorSetDigest: validatorSetDigest.map(toHex),
      firstHeight,
      parentHeight,
      registry: { members, validators, gateways, parameters },
    },
    action: toBase64(vector.action),
    ...(vector.problem === undefined ? nextSetJson(vector) : { problem: vector.problem }),
  };
}

/** What the action leads to, by the registry that the vector was made from and not by what was decoded. */
function nextSetJson({ name, context }: GovernanceVector): object {
  const next = new Map<string, TestEpoch['validators']>([
    ['rotation-and-joiner', EPOCH_1.validators],
    ['validator-leaves', EPOCH_2.validators],
    ['five-of-six', registryValidatorSet(1, context.suites, SIX.registry)],
    ['sm2-only', secondEpoch(GM_ONLY).validators],
  ]).get(name);
  const set = must(next);
  return {
    nextValidatorSet: toBase64(encodeValidatorSet(set)),
    nextValidatorSetDigest: validatorSetDigests(set).map(toHex),
  };
}
