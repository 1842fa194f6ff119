import { createPrivateKey, createPublicKey, type KeyObject, sign as nodeSign } from 'node:crypto';
import { asHeight, asValidatorIndex, asView, type Finalization } from '@hufu/consensus';
import { concatBytes, fromHex, hash, hashOf, SUITE_NAMES, type SuiteName, toHex, utf8 } from '@hufu/crypto';
import {
  appendLeaves,
  certificatesFromFinalization,
  DEFAULT_PARAMETERS,
  EMPTY_FRONTIER,
  encodeGenesis,
  encodeHeader,
  type FinalityCertificate,
  type Frontier,
  GENESIS_FORMAT,
  type Genesis,
  genesisValidatorSet,
  type Header,
  headerDigests,
  parseGenesis,
  refsDigest,
  root,
  type SuiteDigests,
  type ValidatorSet,
  validatorSetDigests,
} from '../../src/index.ts';
import { sm2PrivateKey, sm2PublicKey, sm2Sign } from './sm2-signer.ts';

/** A consortium whose keys, and therefore whose signatures, follow from its name. */
export interface TestNetwork {
  readonly genesis: Genesis;
  readonly genesisBytes: Uint8Array;
  readonly chainId: SuiteDigests;
  readonly validators: ValidatorSet;
  readonly keys: readonly TestKeys[];
}

export interface TestKeys {
  publicKey(suite: SuiteName): Uint8Array;
  sign(suite: SuiteName, message: Uint8Array): Uint8Array;
}

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const MEMBERS = ['broker', 'exchange-infra', 'ca', 'notary'] as const;
const ORGANISATIONS = [
  '示例证券股份有限公司',
  '示例交易所技术有限公司',
  '示例电子认证有限公司',
  '示例公证处',
];

export function testKeys(seed: string): TestKeys {
  const ed25519: KeyObject = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, hash('sha256', utf8(`${seed} ed25519`))]),
    format: 'der',
    type: 'pkcs8',
  });
  const sm2 = sm2PrivateKey(`${seed} sm2`);
  return {
    publicKey: (suite) =>
      suite === 'sm2-sm3'
        ? sm2PublicKey(sm2)
        : Uint8Array.from(createPublicKey(ed25519).export({ format: 'der', type: 'spki' }).subarray(-32)),
    sign: (suite, message) =>
      suite === 'sm2-sm3' ? sm2Sign(sm2, message) : Uint8Array.from(nodeSign(null, message, ed25519)),
  };
}

export interface NetworkOptions {
  readonly n?: number;
  readonly suites?: readonly SuiteName[];
  readonly name?: string;
}

/** The genesis document of a test network with `n` members, a validator each, and a gateway of the first. */
export function testGenesis({ n = 4, suites = SUITE_NAMES, name = 'test' }: NetworkOptions = {}): Genesis {
  const memberName = (i: number): string => MEMBERS[i] ?? `member-${i}`;
  const members = Array.from({ length: n }, (_, i) => ({
    name: memberName(i),
    organisation: ORGANISATIONS[i] ?? `Organisation ${i}`,
    roles: [MEMBERS[i] ?? ('broker' as const)],
  }));
  const gatewaySuite = suites.at(-1) ?? 'sm2-sm3';
  return {
    format: GENESIS_FORMAT,
    name,
    createdAt: '2026-01-01T00:00:00.000Z',
    suites,
    members,
    validators: members.map((member, i) => {
      const keys = testKeys(`${name} validator ${i}`);
      return {
        member: member.name,
        peerId: testPeerId(`${name} peer ${i}`),
        keys: Object.fromEntries(suites.map((suite) => [suite, toHex(keys.publicKey(suite))])),
      };
    }),
    gateways: [
      {
        index: 0,
        name: 'broker-gateway',
        member: memberName(0),
        suite: gatewaySuite,
        publicKey: toHex(testKeys(`${name} gateway 0`).publicKey(gatewaySuite)),
      },
    ],
    parameters: DEFAULT_PARAMETERS,
  };
}

export function testNetwork(options: NetworkOptions = {}): TestNetwork {
  const genesisBytes = encodeGenesis(testGenesis(options));
  const parsed = parseGenesis(genesisBytes);
  if (!parsed.ok) throw new Error(parsed.error.remark);
  const { genesis, chainId } = parsed.value;
  const keys = genesis.validators.map((_, i) => testKeys(`${genesis.name} validator ${i}`));
  return { genesis, genesisBytes, chainId, validators: genesisValidatorSet(genesis), keys };
}

/** The header of height 1 over a log of these leaves. */
export function testHeader(network: TestNetwork, leaves: readonly Uint8Array[]): Header {
  const roots = network.genesis.suites.map((suite) => {
    const { frontier }: { frontier: Frontier } = appendLeaves(hashOf(suite), EMPTY_FRONTIER, leaves);
    return root(hashOf(suite), frontier);
  });
  const [first = 'ed25519-sha256' as const] = network.genesis.suites;
  return {
    chainId: network.chainId,
    epoch: network.validators.epoch,
    height: asHeight(1),
    view: asView(1),
    parent: network.chainId,
    timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    proposer: asValidatorIndex(1 % network.keys.length),
    refsDigest: refsDigest(hashOf(first), []),
    logSize: leaves.length,
    logRoots: roots,
    stateRoot: network.genesis.suites.map((suite) => hash(hashOf(suite), utf8('state'))),
    validatorSetDigest: validatorSetDigests(network.validators),
  };
}

/** The certificates that the given validators' Finalize votes on the header make; the view may be a later one. */
export function certify(
  network: TestNetwork,
  header: Header,
  signers: readonly number[] = [0, 1, 3],
  validators = network.validators,
  chainId: SuiteDigests = header.chainId,
  view: number = header.view,
): readonly FinalityCertificate[] {
  const { suites } = network.genesis;
  const context = { chainId, validators };
  const unsigned: Finalization = {
    kind: 'finalization',
    view: asView(view),
    height: header.height,
    digests: headerDigests(suites, encodeHeader(header)),
    shares: [],
  };
  const messages = certificatesFromFinalization(unsigned, context).map(signBytesOf);
  const shares = signers.map((signer) => ({
    signer: asValidatorIndex(signer),
    signatures: suites.map((suite, i) => signAs(network, signer, suite, messages[i])),
  }));
  return certificatesFromFinalization({ ...unsigned, shares }, context);
}

function signAs(network: TestNetwork, signer: number, suite: SuiteName, message?: Uint8Array): Uint8Array {
  const keys = network.keys[signer];
  if (keys === undefined || message === undefined) throw new Error(`no validator ${signer}`);
  return keys.sign(suite, message);
}

/** docs/spec/sign-bytes.md, written out independently of the code it tests. */
export function signBytesOf(certificate: Omit<FinalityCertificate, 'bitmap' | 'signatures'>): Uint8Array {
  const u64 = (value: number): Uint8Array => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
  };
  return concatBytes(
    utf8('hufu/finalize/v1'),
    Uint8Array.of(0),
    certificate.chainId,
    u64(certificate.epoch),
    certificate.validatorSetDigest,
    u64(certificate.view),
    u64(certificate.height),
    certificate.headerDigest,
  );
}

/** A peer id's look, from a seed. */
export function testPeerId(seed: string): string {
  return `12D3KooW${base58(hash('sha256', utf8(seed)))}`;
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** 44 base58 characters of 32 bytes: the look of a peer id, which is all that a genesis is checked for. */
function base58(bytes: Uint8Array): string {
  let rest = BigInt(`0x${toHex(bytes)}`);
  let text = '';
  for (let i = 0; i < 44; i++, rest /= 58n) text = (BASE58[Number(rest % 58n)] ?? '') + text;
  return text;
}

/** The bytes of a hex literal in a test. */
export function hexBytes(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error(`not hex: ${hex}`);
  return bytes;
}
