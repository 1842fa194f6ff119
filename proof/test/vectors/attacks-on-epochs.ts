import { asEpoch, asHeight, asView } from '@hufu/consensus';
import { concatBytes, hash, hashOf, SUITE_NAMES } from '@hufu/crypto';
import {
  type Bundle,
  type EpochStep,
  encodeBundle,
  encodeHeader,
  encodeValidatorSet,
  type Header,
  type ValidatorSet,
  validatorSetDigests,
} from '../../src/index.ts';
import { must } from '../must.ts';
import { recordOf } from '../network/test-bundle.ts';
import { epochStep, epochsCase, firstEpoch, secondEpoch } from '../network/test-epochs.ts';
import { certify, testNetwork } from '../network/test-network.ts';
import { type Attack, TRUE, TRUE_HEADER } from './attack.ts';

const CASE = epochsCase();
const [EPOCH_0, EPOCH_1, EPOCH_2] = CASE.epochs;
const [END_0, END_1] = CASE.endHeaders;
const STEPS: readonly [EpochStep, EpochStep] = [
  must(CASE.bundle.epochChain[0]),
  must(CASE.bundle.epochChain[1]),
];
const SIGNERS = [0, 1, 3];

/** What fails after the chain once it is not followed to the header's epoch: the set, and who signed. */
const NOT_REACHED = [
  'validator-set: header-wrong-validators',
  'finality-ed25519-sha256: certificate-wrong-epoch',
  'finality-sm2-sm3: certificate-wrong-epoch',
] as const;

const notReached = (problem: string): readonly string[] => [`epoch-chain: ${problem}`, ...NOT_REACHED];

const altered = (change: Partial<Bundle>): Uint8Array => encodeBundle({ ...CASE.bundle, ...change });

/** The true bundle with its first step changed. */
const withFirst = (change: Partial<EpochStep>): Uint8Array =>
  altered({ epochChain: [{ ...STEPS[0], ...change }, STEPS[1]] });

/** The true bundle with the header of the first step changed, and signed by true validators. */
const withSignedEnd = (change: Partial<Header>, signers = SIGNERS): Uint8Array => {
  const header = { ...END_0, ...change };
  return withFirst({
    header: encodeHeader(header),
    certificates: certify(EPOCH_0, header, signers, EPOCH_0.validators, EPOCH_0.chainId),
  });
};

/** A first step for which the true validators really signed, to another set. */
const toSet = (set: ValidatorSet, digests = validatorSetDigests(set)): Uint8Array => {
  const header = { ...END_0, nextValidatorSetDigest: digests };
  const certificates = certify(EPOCH_0, header, SIGNERS);
  return withFirst({ header: encodeHeader(header), certificates, validatorSet: encodeValidatorSet(set) });
};

/** The whole of it signed by people of the attacker's own: from the second epoch on they are the validators. */
function overtaken(): Uint8Array {
  const own = secondEpoch(firstEpoch(testNetwork({ name: 'attacker' })));
  const header: Header = {
    ...CASE.header,
    epoch: asEpoch(1),
    validatorSetDigest: validatorSetDigests(own.validators),
  };
  return altered({
    header: encodeHeader(header),
    certificates: certify(own, header, [0, 1, 2, 3], own.validators, EPOCH_0.chainId),
    epochChain: [{ ...STEPS[0], validatorSet: encodeValidatorSet(own.validators) }],
  });
}

/** A bundle at the block that ends epoch 0, certified in an earlier view than it was proposed in. */
function endInEarlierView(): Uint8Array {
  const leaves = CASE.leaves.slice(0, END_0.logSize);
  return altered({
    records: [recordOf(EPOCH_0, leaves, 5)],
    logSize: leaves.length,
    header: encodeHeader(END_0),
    certificates: certify(EPOCH_0, END_0, SIGNERS, EPOCH_0.validators, EPOCH_0.chainId, END_0.view - 1),
    epochChain: [],
  });
}

const withHeader = (change: Partial<Header>): Uint8Array => {
  const header = { ...CASE.header, ...change };
  return altered({ header: encodeHeader(header), certificates: certify(EPOCH_2, header, SIGNERS) });
};

const oneSuite: ValidatorSet = {
  ...EPOCH_1.validators,
  suites: EPOCH_1.validators.suites.slice(0, 1),
  validators: EPOCH_1.validators.validators.map(({ name, keys }) => ({ name, keys: keys.slice(0, 1) })),
};
const oneSuiteBytes = encodeValidatorSet(oneSuite);
const { nextValidatorSetDigest: _next, ...notLast } = END_0;

/** Steps that are missing, moved or of other blocks. */
const ON_STEPS: readonly Attack[] = [
  {
    name: 'epoch-step-missing',
    attack: 'The last step is left out.',
    bundle: altered({ epochChain: [STEPS[0]] }),
    failed: notReached('epoch-steps-mismatch'),
  },
  {
    name: 'epoch-first-step-missing',
    attack: 'The first step is left out.',
    bundle: altered({ epochChain: [STEPS[1]] }),
    failed: notReached('header-wrong-epoch'),
  },
  {
    name: 'epoch-chain-missing',
    attack: 'No step is given.',
    bundle: altered({ epochChain: [] }),
    failed: notReached('epoch-steps-mismatch'),
  },
  {
    name: 'epoch-steps-swapped',
    attack: 'The steps stand in the other order.',
    bundle: altered({ epochChain: [STEPS[1], STEPS[0]] }),
    failed: notReached('header-wrong-epoch'),
  },
  {
    name: 'epoch-step-twice',
    attack: 'The last step stands twice.',
    bundle: altered({ epochChain: [...STEPS, STEPS[1]] }),
    failed: ['epoch-chain: header-wrong-epoch'],
  },
  {
    name: 'epoch-step-surplus',
    attack: "A true step follows that leads beyond the header's epoch.",
    bundle: encodeBundle({ ...TRUE.bundle, epochChain: [STEPS[0]] }),
    failed: notReached('epoch-steps-mismatch'),
  },
  {
    name: 'epoch-step-header-truncated',
    attack: "The last byte of a step's header is cut off.",
    bundle: withFirst({ header: STEPS[0].header.subarray(0, -1) }),
    failed: notReached('header-malformed'),
  },
  {
    name: 'epoch-step-of-other-chain',
    attack: 'The header of the first step is of another chain.',
    bundle: withSignedEnd({ chainId: testNetwork({ name: 'other' }).chainId }),
    failed: notReached('header-wrong-chain'),
  },
  {
    name: 'epoch-step-not-last',
    attack: 'The header of the first step names no next validators: its epoch goes on.',
    bundle: withFirst({ header: encodeHeader(notLast), certificates: certify(EPOCH_0, notLast, SIGNERS) }),
    failed: notReached('epoch-not-ended'),
  },
  {
    name: 'epoch-step-of-wrong-set',
    attack: 'The header of the first step names the validators of the next epoch as its own.',
    bundle: withSignedEnd({ validatorSetDigest: validatorSetDigests(EPOCH_1.validators) }),
    failed: notReached('header-wrong-validators'),
  },
  {
    name: 'epoch-step-not-later',
    attack: 'The second epoch ends at the height at which the first one did.',
    bundle: altered({
      epochChain: [STEPS[0], epochStep(EPOCH_1, EPOCH_2, { ...END_1, height: END_0.height }, [0, 1, 2, 4])],
    }),
    failed: notReached('epoch-out-of-order'),
  },
  {
    name: 'header-before-its-epoch',
    attack: "The bundle's header is of a height at which its epoch had not begun.",
    bundle: withHeader({ height: asHeight(END_1.height) }),
    failed: ['epoch-chain: epoch-out-of-order'],
  },
  {
    name: 'header-in-view-before-its-epoch',
    attack: "The bundle's header is of a view in which its epoch had not begun.",
    bundle: withHeader({ view: asView(END_1.view) }),
    failed: ['epoch-chain: epoch-out-of-order'],
  },
];

/** Certificates of a step, or of the block that ends an epoch. */
const ON_STEP_CERTIFICATES: readonly Attack[] = [
  {
    name: 'epoch-step-below-quorum',
    attack: 'Two of four validators signed the end of the first epoch.',
    bundle: withSignedEnd({}, [0, 1]),
    failed: notReached('certificate-below-quorum'),
  },
  {
    name: 'epoch-step-of-next-validators',
    attack: 'The validators of the next epoch signed the end of the one before, as if they were those.',
    bundle: withFirst({ certificates: certify(EPOCH_1, END_0, [0, 1, 3], EPOCH_0.validators) }),
    failed: notReached('certificate-signature-invalid'),
  },
  {
    name: 'epoch-step-certified-by-next-set',
    attack: 'The certificates of the first step are of the next validator set.',
    bundle: withFirst({ certificates: certify(EPOCH_1, END_0, [0, 1, 2, 3]) }),
    failed: notReached('certificate-wrong-epoch'),
  },
  {
    name: 'epoch-step-signature-altered',
    attack: 'One SM2 signature of the first step is of another block.',
    bundle: withFirst({
      certificates: STEPS[0].certificates.map((certificate, i) =>
        i === 1
          ? { ...certificate, signatures: must(certify(EPOCH_0, TRUE_HEADER, SIGNERS)[1]).signatures }
          : certificate,
      ),
    }),
    failed: notReached('certificate-signature-invalid'),
  },
  {
    name: 'epoch-step-without-sm2',
    attack: 'The first step has no SM2 certificate.',
    bundle: withFirst({ certificates: STEPS[0].certificates.slice(0, 1) }),
    failed: notReached('certificate-missing'),
  },
  {
    name: 'epoch-step-certificates-reversed',
    attack: 'The certificates of the first step stand in the other order.',
    bundle: withFirst({ certificates: STEPS[0].certificates.toReversed() }),
    failed: notReached('bundle-surplus'),
  },
  {
    name: 'epoch-step-certificates-of-other-block',
    attack: 'The certificates of the first step are of the block that ends the second epoch.',
    bundle: withFirst({ certificates: certify(EPOCH_0, END_1, SIGNERS, EPOCH_0.validators) }),
    failed: notReached('certificate-wrong-block'),
  },
  {
    name: 'epoch-step-in-earlier-view',
    attack: 'The first step is certified in a view before the one its header was proposed in.',
    bundle: withFirst({
      certificates: certify(EPOCH_0, END_0, SIGNERS, EPOCH_0.validators, EPOCH_0.chainId, END_0.view - 1),
    }),
    failed: notReached('certificate-wrong-block'),
  },
  {
    name: 'end-header-in-earlier-view',
    attack: "The bundle's header ends its epoch and is certified in a view before its own.",
    bundle: endInEarlierView(),
    failed: SUITE_NAMES.map((suite) => `finality-${suite}: certificate-wrong-block`),
  },
  {
    name: 'usual-header-in-later-view',
    attack: 'A header that ends no epoch is certified in a later view.',
    bundle: encodeBundle({
      ...TRUE.bundle,
      certificates: certify(
        TRUE.network,
        TRUE_HEADER,
        SIGNERS,
        TRUE.network.validators,
        TRUE.network.chainId,
        2,
      ),
    }),
    failed: SUITE_NAMES.map((suite) => `finality-${suite}: certificate-wrong-block`),
  },
  {
    name: 'last-epoch-signed-by-the-one-before',
    attack: 'The validators of the epoch before signed the header, as if they were those of its epoch.',
    bundle: altered({ certificates: certify(EPOCH_1, CASE.header, SIGNERS, EPOCH_2.validators) }),
    failed: SUITE_NAMES.map((suite) => `finality-${suite}: certificate-signature-invalid`),
  },
];

/** The next validators are others than those that were signed. */
const ON_NEXT_SET: readonly Attack[] = [
  {
    name: 'next-validators-replaced',
    attack: "Validators of the attacker's own stand as the next set, and sign from then on.",
    bundle: overtaken(),
    failed: notReached('epoch-wrong-next-validators'),
  },
  {
    name: 'next-set-of-later-epoch',
    attack: 'The next set is signed, but numbered as that of epoch 2.',
    bundle: toSet({ ...EPOCH_1.validators, epoch: asEpoch(2) }),
    failed: notReached('epoch-wrong-next-validators'),
  },
  {
    name: 'next-set-of-one-suite',
    attack: 'The next set is signed, but has keys of one suite only, so that one would be enough to forge.',
    bundle: toSet(
      oneSuite,
      SUITE_NAMES.map((suite) => hash(hashOf(suite), oneSuiteBytes)),
    ),
    failed: notReached('epoch-wrong-next-validators'),
  },
  {
    name: 'next-set-trailing-byte',
    attack: 'A byte follows the next set.',
    bundle: withFirst({ validatorSet: concatBytes(STEPS[0].validatorSet, Uint8Array.of(0)) }),
    failed: notReached('validator-set-malformed'),
  },
  {
    name: 'next-set-with-commands-as-name',
    attack: 'A validator of the next set, which is signed, has shell commands as its name.',
    bundle: toSet({
      ...EPOCH_1.validators,
      validators: EPOCH_1.validators.validators.with(0, {
        ...must(EPOCH_1.validators.validators[0]),
        name: 'broker"; touch pwned; "',
      }),
    }),
    failed: notReached('validator-set-malformed'),
  },
  {
    name: 'next-set-order-changed',
    attack: 'Two validators of the next set changed places.',
    bundle: withFirst({
      validatorSet: encodeValidatorSet({
        ...EPOCH_1.validators,
        validators: [1, 0, 2, 3, 4].map((i) => must(EPOCH_1.validators.validators[i])),
      }),
    }),
    failed: notReached('epoch-wrong-next-validators'),
  },
];

/** The way from the genesis to the header's validators. */
export const ATTACKS_ON_EPOCHS: readonly Attack[] = [...ON_STEPS, ...ON_STEP_CERTIFICATES, ...ON_NEXT_SET];
