import { asEpoch, asHeight, asView } from '@hufu/consensus';
import { concatBytes, hash, hashOf, utf8 } from '@hufu/crypto';
import { encodeBundle, encodeHeader, genesisValidatorSet, validatorSetDigests } from '../../src/index.ts';
import { must } from '../must.ts';
import { testCase } from '../network/test-bundle.ts';
import { certify, signBytesOf, testNetwork } from '../network/test-network.ts';
import {
  type Attack,
  altered,
  OTHER_HEADER,
  TRUE,
  TRUE_HEADER,
  withHeader,
  withSignedHeader,
} from './attack.ts';

const stranger = testNetwork({ name: 'stranger' });
const forged = testCase({ network: stranger });

/** The true genesis with one word changed, as an attacker would lower a bar. */
const edited = utf8(
  new TextDecoder()
    .decode(TRUE.network.genesisBytes)
    .replace('"maxClockSkewMs": 500', '"maxClockSkewMs": 900'),
);
const bothSuites = (problem: string): readonly string[] => [
  `finality-ed25519-sha256: ${problem}`,
  `finality-sm2-sm3: ${problem}`,
];
const bothHashes = (problem: string): readonly string[] => [
  `inclusion-sha256: ${problem}`,
  `inclusion-sm3: ${problem}`,
];

const strangersSet = {
  ...TRUE_HEADER,
  validatorSetDigest: validatorSetDigests(genesisValidatorSet(stranger.genesis)),
};
const laterSet = { ...TRUE.network.validators, epoch: asEpoch(1) };

/** Votes for the true header's digests as if they were of view and height 9. */
const atOtherHeight = TRUE.bundle.certificates.map((certificate) => {
  const moved = { ...certificate, height: asHeight(9), view: asView(9) };
  const signatures = [0, 1, 3].map((i) => must(TRUE.network.keys[i]).sign(moved.suite, signBytesOf(moved)));
  return { ...moved, signatures };
});

/** Another network, another header, another set. */
export const ATTACKS_ON_CHAIN: readonly Attack[] = [
  {
    name: 'other-network',
    attack: 'A whole network of the attacker, consistent in itself, holds the record.',
    bundle: encodeBundle(forged.bundle),
    failed: ['trust: trust-mismatch'],
  },
  {
    name: 'other-network-true-genesis',
    attack: "The true genesis is put before the attacker's header and certificates.",
    bundle: encodeBundle({ ...forged.bundle, genesis: TRUE.network.genesisBytes }),
    failed: [
      'header: header-wrong-chain',
      'validator-set: header-wrong-validators',
      ...bothSuites('certificate-wrong-chain'),
    ],
  },
  {
    name: 'genesis-edited',
    attack: 'One parameter of the genesis is changed, everything else kept.',
    bundle: altered({ genesis: edited }),
    failed: ['trust: trust-mismatch', 'header: header-wrong-chain', ...bothSuites('certificate-wrong-chain')],
  },
  {
    name: 'genesis-not-canonical',
    attack: 'White space is added to the genesis.',
    bundle: altered({ genesis: concatBytes(TRUE.network.genesisBytes, utf8(' ')) }),
    failed: ['trust: trust-mismatch', 'genesis: genesis-not-canonical'],
  },
  {
    name: 'genesis-no-json',
    attack: 'The genesis is a picture.',
    bundle: altered({ genesis: Uint8Array.of(0x89, 0x50, 0x4e, 0x47) }),
    failed: ['trust: trust-mismatch', 'genesis: genesis-malformed'],
  },
  {
    name: 'header-with-unknown-field',
    attack: 'A field that nobody reads is appended to the header.',
    bundle: altered({ header: concatBytes(TRUE.bundle.header, Uint8Array.of(0x70, 0x01)) }),
    failed: ['header: header-malformed'],
  },
  {
    name: 'header-of-one-suite',
    attack: 'The header has the digests of one suite only.',
    bundle: withHeader({
      chainId: TRUE_HEADER.chainId.slice(0, 1),
      parent: TRUE_HEADER.parent.slice(0, 1),
      logRoots: TRUE_HEADER.logRoots.slice(0, 1),
      stateRoot: TRUE_HEADER.stateRoot.slice(0, 1),
      validatorSetDigest: TRUE_HEADER.validatorSetDigest.slice(0, 1),
    }),
    failed: ['header: header-wrong-suites'],
  },
  {
    name: 'header-of-other-chain',
    attack: 'The validators signed this header, but it names another chain.',
    bundle: withSignedHeader({ chainId: stranger.chainId }),
    failed: ['header: header-wrong-chain'],
  },
  {
    name: 'header-of-later-epoch',
    attack: 'The header and its certificates are of an epoch whose validators nothing proves.',
    bundle: altered({
      header: encodeHeader({ ...TRUE_HEADER, epoch: asEpoch(1) }),
      certificates: certify(TRUE.network, { ...TRUE_HEADER, epoch: asEpoch(1) }, [0, 1, 3], laterSet),
    }),
    failed: ['epoch-chain: epoch-steps-mismatch', ...bothSuites('certificate-wrong-epoch')],
  },
  {
    name: 'validators-replaced',
    attack: "The header names the attacker's validator set, and that set signed it.",
    bundle: altered({
      header: encodeHeader(strangersSet),
      certificates: certify(stranger, strangersSet, [0, 1, 2, 3], stranger.validators),
    }),
    failed: ['validator-set: header-wrong-validators', ...bothSuites('certificate-wrong-validators')],
  },
  {
    name: 'backdated',
    attack: 'The block time in the header is a year earlier.',
    bundle: withHeader({ timeMs: TRUE_HEADER.timeMs - 365 * 86_400_000 }),
    failed: bothSuites('certificate-wrong-block'),
  },
  {
    name: 'roots-replaced',
    attack: 'The log roots in the header are those of a log that the attacker made.',
    bundle: altered({
      ...testCase({ size: 9 }).bundle,
      certificates: TRUE.bundle.certificates,
    }),
    failed: bothSuites('certificate-wrong-block'),
  },
  {
    name: 'header-of-other-block',
    attack: 'The header of another finalized block stands before the certificates of this one.',
    bundle: altered({ header: encodeHeader(OTHER_HEADER), logSize: OTHER_HEADER.logSize }),
    failed: [...bothSuites('certificate-wrong-block'), ...bothHashes('path-invalid')],
  },
  {
    name: 'certificates-of-other-block',
    attack: 'True certificates of another block of the same chain are shown for this header.',
    bundle: altered({ certificates: certify(TRUE.network, OTHER_HEADER) }),
    failed: bothSuites('certificate-wrong-block'),
  },
  {
    name: 'same-header-other-height',
    attack: 'Certificates name the true header digest at another view and height, correctly signed so.',
    bundle: altered({
      certificates: atOtherHeight,
    }),
    failed: bothSuites('certificate-wrong-block'),
  },
  {
    name: 'log-size-overstated',
    attack: "The bundle states a larger log than the header's.",
    bundle: altered({ logSize: 12 }),
    failed: ['header: log-size-mismatch'],
  },
  {
    name: 'roots-swapped-between-suites',
    attack: 'The validators signed a header whose SHA-256 and SM3 roots stand in each other’s place.',
    bundle: withSignedHeader({ logRoots: TRUE_HEADER.logRoots.toReversed() }),
    failed: bothHashes('path-invalid'),
  },
  {
    name: 'one-root-forged',
    attack: 'The validators signed a header whose SM3 root is of another log than its SHA-256 root.',
    bundle: withSignedHeader({
      logRoots: TRUE.network.genesis.suites.map((suite, i) =>
        i === 1 ? hash(hashOf(suite), utf8('another log')) : (TRUE_HEADER.logRoots[i] ?? utf8('')),
      ),
    }),
    failed: ['inclusion-sm3: path-invalid'],
  },
];
