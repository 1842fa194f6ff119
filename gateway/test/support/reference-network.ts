import { asHeight, asValidatorIndex, asView, type Finalization, voteSignBytes } from '@hufu/consensus';
import { generateKeyPair, loadSigner, type Signer, SUITE_NAMES, type SuiteName, toHex } from '@hufu/crypto';
import {
  chainIdOf,
  DEFAULT_PARAMETERS,
  encodeGenesis,
  GENESIS_FORMAT,
  type Genesis,
  genesisValidatorSet,
  type ValidatorSet,
  validatorSetDigests,
} from '@hufu/proof';

/** A network whose keys are all in this process: four validators and one gateway. */
export interface ReferenceNetwork {
  readonly genesis: Genesis;
  readonly genesisBytes: Uint8Array;
  readonly chainId: readonly Uint8Array[];
  readonly validators: ValidatorSet;
  readonly gatewayKeyPem: string;
  /** A finalization of a block, signed by the first `signers` validators under every suite. */
  finalize(view: number, height: number, digests: readonly Uint8Array[], signers?: number): Finalization;
}

const MEMBERS = ['broker', 'exchange', 'ca', 'notary'] as const;
const ROLES = ['broker', 'exchange-infra', 'ca', 'notary'] as const;

export function referenceNetwork(gatewaySuite: SuiteName = 'ed25519-sha256'): ReferenceNetwork {
  const keys = MEMBERS.map(() => SUITE_NAMES.map((suite) => generateKeyPair(suite)));
  const gatewayKey = generateKeyPair(gatewaySuite);
  const genesis: Genesis = {
    format: GENESIS_FORMAT,
    name: 'reference',
    createdAt: '2026-01-01T00:00:00.000Z',
    suites: SUITE_NAMES,
    members: MEMBERS.map((name, i) => ({
      name,
      organisation: `成员 ${name}`,
      roles: [ROLES[i] ?? 'broker'],
    })),
    validators: MEMBERS.map((member, i) => ({
      member,
      peerId: `12D3KooW${String(i + 1).repeat(44)}`,
      keys: Object.fromEntries(
        SUITE_NAMES.map((suite, s) => [suite, toHex(keys[i]?.[s]?.publicKey ?? new Uint8Array())]),
      ),
    })),
    gateways: [
      {
        index: 0,
        name: 'gateway',
        member: 'broker',
        suite: gatewaySuite,
        publicKey: toHex(gatewayKey.publicKey),
      },
    ],
    parameters: DEFAULT_PARAMETERS,
  };
  const genesisBytes = encodeGenesis(genesis);
  const chainId = chainIdOf(genesis.suites, genesisBytes);
  const validators = genesisValidatorSet(genesis);
  const signers = keys.map((pairs) => pairs.map((pair, s) => loadSigner(suiteAt(s), pair.privateKeyPem)));
  return {
    genesis,
    genesisBytes,
    chainId,
    validators,
    gatewayKeyPem: gatewayKey.privateKeyPem,
    finalize: (view, height, digests, count = 3) =>
      finalize({ signers, chainId, validators }, { view, height, digests, count }),
  };
}

function suiteAt(index: number): SuiteName {
  const suite = SUITE_NAMES[index];
  if (suite === undefined) throw new Error(`no suite ${index}`);
  return suite;
}

function finalize(
  network: {
    readonly signers: readonly (readonly Signer[])[];
    readonly chainId: readonly Uint8Array[];
    readonly validators: ValidatorSet;
  },
  block: {
    readonly view: number;
    readonly height: number;
    readonly digests: readonly Uint8Array[];
    readonly count: number;
  },
): Finalization {
  const setDigests = validatorSetDigests(network.validators);
  const view = asView(block.view);
  const height = asHeight(block.height);
  const shares = network.signers.slice(0, block.count).map((signers, index) => ({
    signer: asValidatorIndex(index),
    signatures: signers.map((signer, s) => {
      const [chainId, validatorSetDigest, digest] = [network.chainId[s], setDigests[s], block.digests[s]];
      if (!chainId || !validatorSetDigest || !digest) throw new Error('not one digest per suite');
      const { epoch } = network.validators;
      return signer.sign(
        voteSignBytes('finalize', { chainId, epoch, validatorSetDigest, view, height, digest }),
      );
    }),
  }));
  return { kind: 'finalization', view, height, digests: block.digests, shares };
}
