import {
  asEpoch,
  asHeight,
  asValidatorIndex,
  asView,
  type Finalization,
  voteSignBytes,
} from '@hufu/consensus';
import { generateKeyPair, loadSigner, type Signer, SUITE_NAMES, type SuiteName, toHex } from '@hufu/crypto';
import {
  chainIdOf,
  DEFAULT_PARAMETERS,
  encodeGenesis,
  GENESIS_FORMAT,
  type Genesis,
  type GenesisGateway,
  genesisValidatorSet,
  type ValidatorSet,
  validatorSetDigests,
} from '@hufu/proof';

/** A network whose keys are all in this process, in one of its epochs: four validators and one gateway. */
export interface ReferenceNetwork {
  readonly genesis: Genesis;
  readonly genesisBytes: Uint8Array;
  readonly chainId: readonly Uint8Array[];
  readonly validators: ValidatorSet;
  /** Of the gateway that the epoch registers; undefined when it registers none. */
  readonly gateway: GenesisGateway | undefined;
  readonly gatewayKeyPem: string;
  /** The next epoch: new keys for every validator, and for the gateway what is given. */
  succeed(gatewayKey: GatewayKey | undefined): ReferenceNetwork;
  /** A finalization of a block, signed by the first `signers` validators under every suite. */
  finalize(view: number, height: number, digests: readonly Uint8Array[], signers?: number): Finalization;
}

export type GatewayKey = ReturnType<typeof generateKeyPair>;

const MEMBERS = ['broker', 'exchange', 'ca', 'notary'] as const;
const ROLES = ['broker', 'exchange-infra', 'ca', 'notary'] as const;

export function referenceNetwork(gatewaySuite: SuiteName = 'ed25519-sha256'): ReferenceNetwork {
  const keys = validatorKeys();
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
  const base = { genesis, genesisBytes, chainId };
  return inEpoch(base, validators, keys, genesis.gateways[0], gatewayKey.privateKeyPem);
}

type Keys = readonly (readonly GatewayKey[])[];

function inEpoch(
  base: Pick<ReferenceNetwork, 'genesis' | 'genesisBytes' | 'chainId'>,
  validators: ValidatorSet,
  keys: Keys,
  gateway: GenesisGateway | undefined,
  gatewayKeyPem: string,
): ReferenceNetwork {
  const { chainId } = base;
  const signers = keys.map((pairs) => pairs.map((pair, s) => loadSigner(suiteAt(s), pair.privateKeyPem)));
  return {
    ...base,
    validators,
    gateway,
    gatewayKeyPem,
    finalize: (view, height, digests, count = 3) =>
      finalize({ signers, chainId, validators }, { view, height, digests, count }),
    succeed: (gatewayKey) => {
      const next = validatorKeys();
      const set: ValidatorSet = {
        epoch: asEpoch(validators.epoch + 1),
        suites: validators.suites,
        validators: validators.validators.map(({ name }, i) => ({
          name,
          keys: next[i]?.map((pair) => pair.publicKey) ?? [],
        })),
      };
      const registered = base.genesis.gateways[0];
      const own = gatewayKey && registered && { ...registered, publicKey: toHex(gatewayKey.publicKey) };
      return inEpoch(base, set, next, own, gatewayKey?.privateKeyPem ?? gatewayKeyPem);
    },
  };
}

function validatorKeys(): Keys {
  return MEMBERS.map(() => SUITE_NAMES.map((suite) => generateKeyPair(suite)));
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
