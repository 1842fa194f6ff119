import { concatBytes, fromUtf8, utf8 } from '@hufu/crypto';
import {
  encodeGovernanceAction,
  type GovernanceAction,
  type GovernanceContext,
  type GovernanceFault,
  type Registry,
} from '../../src/index.ts';
import { must } from '../must.ts';
import {
  actionOf,
  approve,
  contextOf,
  declareReady,
  firstEpoch,
  type TestEpoch,
  testValidator,
} from '../network/test-epochs.ts';
import { testKeys, testNetwork } from '../network/test-network.ts';
import { EPOCH_0, EPOCH_1, type GovernanceVector, ownedBy, withParameter } from './governance-vectors.ts';

const TRUE_ACTION = actionOf(EPOCH_0, EPOCH_1);
const { document, approvals, readiness } = TRUE_ACTION;
const TEXT = must(fromUtf8(document));
const OTHER = firstEpoch(testNetwork({ name: 'other' }));

const judgedBy =
  (context: GovernanceContext) =>
  (
    name: string,
    about: string,
    action: GovernanceAction | Uint8Array,
    problem: GovernanceFault,
  ): GovernanceVector => ({
    name,
    about,
    context,
    action: action instanceof Uint8Array ? action : encodeGovernanceAction(action),
    problem,
  });
const hostile = judgedBy(contextOf(EPOCH_0));

/** The document with one replacement, approved and declared ready for as it then stands. */
function resigned(from: string | RegExp, to: string): GovernanceAction {
  const text = TEXT.replace(from, to);
  if (text === TEXT) throw new Error(`nothing to replace: ${from}`);
  return signed(utf8(text));
}

function signed(bytes: Uint8Array): GovernanceAction {
  return {
    document: bytes,
    approvals: [1, 2, 3].map((validator) => approve(EPOCH_0, bytes, validator)),
    readiness: [1, 4].map((validator) =>
      declareReady(EPOCH_0, must(EPOCH_1.keys[validator]), bytes, validator, 1),
    ),
  };
}

const MALFORMED: readonly GovernanceVector[] = [
  hostile('empty', 'No action at all.', Uint8Array.of(0x12, 0), 'governance-malformed'),
  hostile(
    'trailing-byte',
    'A byte follows.',
    concatBytes(encodeGovernanceAction(TRUE_ACTION), Uint8Array.of(0)),
    'governance-malformed',
  ),
  hostile(
    'truncated',
    'The last byte is cut off.',
    encodeGovernanceAction(TRUE_ACTION).subarray(0, -1),
    'governance-malformed',
  ),
  hostile(
    'document-minified',
    'The document has no white space.',
    signed(utf8(JSON.stringify(JSON.parse(TEXT)))),
    'governance-malformed',
  ),
  hostile(
    'document-unknown-member',
    'The document has a member more.',
    resigned('"epoch": 0,', '"epoch": 0,\n  "note": 0,'),
    'governance-malformed',
  ),
  hostile(
    'document-of-other-format',
    'The document is of a later version.',
    resigned('hufu-governance/1', 'hufu-governance/2'),
    'governance-malformed',
  ),
  hostile(
    'approval-twice',
    'An approval stands twice.',
    { ...TRUE_ACTION, approvals: [approvals[0], approvals[0], approvals[1]].map(must) },
    'governance-malformed',
  ),
  hostile(
    'approvals-out-of-order',
    'The approvals stand in the other order.',
    { ...TRUE_ACTION, approvals: approvals.toReversed() },
    'governance-malformed',
  ),
  hostile(
    'readiness-out-of-order',
    'The readiness stands in the other order.',
    { ...TRUE_ACTION, readiness: readiness.toReversed() },
    'governance-malformed',
  ),
  hostile(
    'readiness-twice',
    'A readiness stands twice.',
    { ...TRUE_ACTION, readiness: [readiness[0], readiness[0], readiness[1]].map(must) },
    'governance-malformed',
  ),
];

const MISPLACED: readonly GovernanceVector[] = [
  hostile(
    'other-chain',
    'A true action of another chain.',
    actionOf(OTHER, withParameter(OTHER)),
    'governance-wrong-chain',
  ),
  hostile(
    'chain-under-one-hash',
    'The document names the chain under one hash only.',
    resigned(/,\n {4}"sm3": "[0-9a-f]{64}"(?=\n {2}\})/, ''),
    'governance-wrong-chain',
  ),
  hostile(
    'chain-in-other-order',
    'The document names the chain under both hashes, in the other order.',
    resigned(/("sha256": "[0-9a-f]{64}"),\n {4}("sm3": "[0-9a-f]{64}")(?=\n {2}\})/, '$2,\n    $1'),
    'governance-wrong-chain',
  ),
  hostile(
    'later-epoch',
    'The document is for an epoch that has not begun.',
    resigned('"epoch": 0', '"epoch": 1'),
    'governance-wrong-epoch',
  ),
  judgedBy(contextOf(EPOCH_1))(
    'replayed',
    'The action that ended epoch 0 is sent again in epoch 1.',
    TRUE_ACTION,
    'governance-wrong-epoch',
  ),
];

const SIX = firstEpoch(testNetwork({ n: 6, name: 'six' }));
const BIG_THREE = ownedBy([0, 0, 0, 1, 1, 1, 2, 2, 2, 3], 'big-three');
const BIG_TWO = ownedBy([0, 0, 0, 1, 1, 1, 2, 3, 4, 5], 'big-two');
const approvedBy = (
  epoch: TestEpoch,
  name: string,
  about: string,
  approvers: readonly number[],
): GovernanceVector =>
  judgedBy(contextOf(epoch))(
    name,
    about,
    actionOf(epoch, withParameter(epoch), approvers),
    'governance-not-approved',
  );

const NOT_APPROVED: readonly GovernanceVector[] = [
  hostile('no-approval', 'Nobody approves.', { ...TRUE_ACTION, approvals: [] }, 'governance-not-approved'),
  hostile(
    'two-of-four',
    'Two of four members approve.',
    actionOf(EPOCH_0, EPOCH_1, [1, 2]),
    'governance-not-approved',
  ),
  approvedBy(
    SIX,
    'two-thirds-exactly',
    'Four of six members approve: two thirds, and not more.',
    [0, 1, 2, 3],
  ),
  approvedBy(
    BIG_THREE,
    'members-without-quorum',
    'One validator each of three of four members approves: three of ten validators, as many as may be faulty.',
    [0, 3, 6],
  ),
  approvedBy(
    BIG_TWO,
    'quorum-without-members',
    'Seven of ten validators approve, of three of six members.',
    [0, 1, 2, 3, 4, 5, 6],
  ),
  approvedBy(
    BIG_THREE,
    'one-member-thrice',
    'Three validators of one member approve: one member.',
    [0, 1, 2],
  ),
  hostile(
    'approval-of-next-validator',
    'A validator approves that will be one only in the next epoch.',
    {
      ...TRUE_ACTION,
      approvals: [...approvals, { validator: 4, signatures: must(approvals[0]).signatures }],
    },
    'governance-not-approved',
  ),
];

/** The true action with the signatures of one of its approvals changed. */
const withSignatures = (
  change: (signatures: readonly Uint8Array[]) => readonly Uint8Array[],
): GovernanceAction => {
  const last = must(approvals[2]);
  return { ...TRUE_ACTION, approvals: approvals.with(2, { ...last, signatures: change(last.signatures) }) };
};
const firstApproval = must(approvals[0]).signatures;
const inOtherEpoch = { ...EPOCH_0, validators: EPOCH_1.validators };
const rotatedReady = must(readiness[0]);

const BADLY_SIGNED: readonly GovernanceVector[] = [
  hostile(
    'bad-ed25519-signature',
    'The Ed25519 signature of one approval is of another validator.',
    withSignatures((own) => own.with(0, must(firstApproval[0]))),
    'governance-bad-signature',
  ),
  hostile(
    'bad-sm2-signature',
    'The SM2 signature of one approval is of another validator.',
    withSignatures((own) => own.with(1, must(firstApproval[1]))),
    'governance-bad-signature',
  ),
  hostile(
    'approval-under-one-suite',
    'One approval is signed under Ed25519 only.',
    withSignatures((own) => own.slice(0, 1)),
    'governance-bad-signature',
  ),
  hostile(
    'invalid-beside-enough',
    'Three approvals are true and enough; a fourth is forged.',
    { ...TRUE_ACTION, approvals: [{ validator: 0, signatures: firstApproval }, ...approvals] },
    'governance-bad-signature',
  ),
  hostile(
    'document-exchanged',
    'The approvals are of another document.',
    { ...actionOf(EPOCH_0, withParameter(EPOCH_0)), approvals },
    'governance-bad-signature',
  ),
  hostile(
    'approved-in-other-epoch',
    'The approvals name another epoch and validator set.',
    { ...TRUE_ACTION, approvals: [1, 2, 3].map((validator) => approve(inOtherEpoch, document, validator)) },
    'governance-bad-signature',
  ),
  hostile(
    'ready-by-old-keys',
    'A validator whose keys are rotated declares readiness with the old ones.',
    {
      ...TRUE_ACTION,
      readiness: [declareReady(EPOCH_0, must(EPOCH_0.keys[1]), document, 1, 1), must(readiness[1])],
    },
    'governance-bad-signature',
  ),
  hostile(
    'ready-height-raised',
    'A readiness is shown for a greater height than was signed.',
    { ...TRUE_ACTION, readiness: readiness.with(0, { ...rotatedReady, height: 2 }) },
    'governance-bad-signature',
  ),
  hostile(
    'ready-surplus-forged',
    'A validator that need not be ready is shown as ready, forged.',
    { ...TRUE_ACTION, readiness: [{ ...rotatedReady, validator: 0 }, ...readiness] },
    'governance-bad-signature',
  ),
];

const readyAt = (height: number): GovernanceAction => actionOf(EPOCH_0, EPOCH_1, [1, 2, 3], height);

const NOT_READY: readonly GovernanceVector[] = [
  hostile(
    'joiner-not-ready',
    'The validator that joins has not declared readiness.',
    { ...TRUE_ACTION, readiness: readiness.slice(0, 1) },
    'governance-not-ready',
  ),
  hostile(
    'rotation-not-ready',
    'The validator whose keys are rotated has not declared readiness.',
    { ...TRUE_ACTION, readiness: readiness.slice(1) },
    'governance-not-ready',
  ),
  judgedBy({ ...contextOf(EPOCH_0), firstHeight: 2 })(
    'ready-before-the-epoch',
    'Readiness is declared for a height before the epoch.',
    TRUE_ACTION,
    'governance-not-ready',
  ),
  hostile(
    'ready-in-the-future',
    'Readiness is declared for a height that no block has yet.',
    readyAt(3),
    'governance-not-ready',
  ),
  hostile(
    'ready-beyond-the-set',
    'Readiness is declared by a validator that the next registry does not have.',
    { ...TRUE_ACTION, readiness: [...readiness, { ...rotatedReady, validator: 5 }] },
    'governance-not-ready',
  ),
];

/** An action for the registry of epoch 1 with a change, in which everything else is as it should be. */
function changed(
  name: string,
  about: string,
  change: (registry: Registry) => Partial<Registry>,
): GovernanceVector {
  const registry = { ...EPOCH_1.registry, ...change(EPOCH_1.registry) };
  const keys = registry.validators.map((_, i) => EPOCH_1.keys[i] ?? testKeys('any'));
  return hostile(name, about, actionOf(EPOCH_0, { registry, keys }, [1, 2, 3], 1), 'governance-inconsistent');
}

const INCONSISTENT: readonly GovernanceVector[] = [
  changed('gateway-renamed', 'A gateway of before has another name.', ({ gateways }) => ({
    gateways: gateways.with(0, { ...must(gateways[0]), name: 'renamed' }),
  })),
  changed('gateway-removed', 'The gateways of before are left out.', () => ({ gateways: [] })),
  changed('gateway-of-other-member', 'A gateway of before is given to another member.', ({ gateways }) => ({
    gateways: gateways.with(0, { ...must(gateways[0]), member: 'notary' }),
  })),
  changed('gateway-of-other-suite', 'A gateway of before has a key of another suite.', ({ gateways }) => ({
    gateways: gateways.with(0, {
      ...must(gateways[0]),
      suite: 'ed25519-sha256',
      publicKey: must(testValidator(EPOCH_0, 'broker', 'other suite').validator.keys['ed25519-sha256']),
    }),
  })),
  changed('gateways-swapped', 'The new gateway stands before that of before.', ({ gateways }) => ({
    gateways: gateways.toReversed().map((gateway, index) => ({ ...gateway, index })),
  })),
  changed('peer-id-twice', 'Two validators have one peer id.', ({ validators }) => ({
    validators: validators.with(4, { ...must(validators[4]), peerId: must(validators[0]).peerId }),
  })),
  changed('key-twice', 'Two validators have one key.', ({ validators }) => ({
    validators: validators.with(4, { ...must(validators[4]), keys: must(validators[0]).keys }),
  })),
  changed('member-above-f', 'One member runs two of five validators.', ({ validators }) => ({
    validators: validators.with(4, { ...must(validators[4]), member: 'notary' }),
  })),
  changed('validator-of-no-member', 'A validator belongs to nobody listed.', ({ members }) => ({
    members: members.slice(0, -1),
    gateways: EPOCH_0.registry.gateways,
  })),
  changed('observer-validates', 'A member that only observes runs a validator.', ({ members }) => ({
    members: members.with(4, { ...must(members[4]), roles: ['observer'] }),
  })),
];

/** Governance actions that must not apply, one attack each. */
export const HOSTILE_GOVERNANCE: readonly GovernanceVector[] = [
  ...MALFORMED,
  ...MISPLACED,
  ...NOT_APPROVED,
  ...BADLY_SIGNED,
  ...NOT_READY,
  ...INCONSISTENT,
];
