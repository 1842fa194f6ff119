import { generateKeyPair, hash, loadSigner, type Signer, type SuiteName, toHex, utf8 } from '@hufu/crypto';
import {
  DEFAULT_PARAMETERS,
  encodeEntry,
  encodeGenesis,
  encodeSubmission,
  GENESIS_FORMAT,
  type GenesisParameters,
  type GenesisValidator,
  type ParsedGenesis,
  parseGenesis,
  submissionSignBytes,
} from '@hufu/proof';
import { generatePeerKey } from '../../src/p2p/peer-key.ts';

const SUITES: readonly SuiteName[] = ['ed25519-sha256', 'sm2-sm3'];
const ROLES = ['broker', 'exchange-infra', 'ca', 'notary'] as const;

export interface TestValidator {
  readonly name: string;
  readonly peerId: string;
  readonly peerKey: Uint8Array;
  /** Private keys by suite. */
  readonly pems: ReadonlyMap<SuiteName, string>;
  readonly signers: readonly Signer[];
}

export interface TestNetwork extends ParsedGenesis {
  readonly genesisBytes: Uint8Array;
  readonly validators: readonly TestValidator[];
  /** Gateway 0. */
  readonly gateway: Signer;
}

/** A real genesis of `n` validators and one gateway, with all private keys. */
export function createTestNetwork(n: number, parameters: Partial<GenesisParameters> = {}): TestNetwork {
  const validators = Array.from({ length: n }, (_, index) => createValidator(index));
  const gatewayKeys = generateKeyPair('ed25519-sha256');
  const genesisBytes = encodeGenesis({
    format: GENESIS_FORMAT,
    name: 'test',
    createdAt: new Date(Date.now() - 1000).toISOString(),
    suites: SUITES,
    members: validators.map(({ name }, index) => ({
      name,
      organisation: `组织 ${index}`,
      roles: [ROLES[index % ROLES.length] ?? 'broker'],
    })),
    validators: validators.map(registered),
    gateways: [
      {
        index: 0,
        name: 'gateway-0',
        member: validators[0]?.name ?? '',
        suite: 'ed25519-sha256',
        publicKey: toHex(gatewayKeys.publicKey),
      },
    ],
    parameters: { ...DEFAULT_PARAMETERS, ...parameters },
  });
  const parsed = parseGenesis(genesisBytes);
  if (!parsed.ok) throw new Error(parsed.error.remark);
  return {
    ...parsed.value,
    genesisBytes,
    validators,
    gateway: loadSigner('ed25519-sha256', gatewayKeys.privateKeyPem),
  };
}

/** A validator with all its keys, in no registry yet. */
export function createValidator(index: number): TestValidator {
  const { privateKey: peerKey, peerId } = generatePeerKey();
  const pems = new Map(SUITES.map((suite) => [suite, generateKeyPair(suite).privateKeyPem]));
  const signers = [...pems].map(([suite, pem]) => loadSigner(suite, pem));
  return { name: `member-${index}`, peerId, peerKey, pems, signers };
}

/** As a registry names it. */
export function registered({ name, peerId, signers }: TestValidator): GenesisValidator {
  const keys = Object.fromEntries(signers.map(({ suite, publicKey }) => [suite, toHex(publicKey)]));
  return { member: name, peerId, keys };
}

/** An encoded submission of gateway 0 whose record with serial s has the digests of `evidence <label> <s>`. */
export function createSubmission(
  network: TestNetwork,
  firstSerial: number,
  count: number,
  label = '',
): Uint8Array {
  const records = Array.from({ length: count }, (_, i) => {
    const content = evidenceContent(firstSerial + i, label);
    return encodeEntry({
      gateway: 0,
      serial: firstSerial + i,
      digests: { sha256: hash('sha256', content), sm3: hash('sm3', content) },
      claimedTimeMs: 1_700_000_000_000,
    });
  });
  const [chainId] = network.chainId;
  if (chainId === undefined) throw new Error('a chain has at least one suite');
  const unsigned = { gateway: 0, firstSerial, records };
  const signature = network.gateway.sign(submissionSignBytes('sha256', chainId, unsigned));
  return encodeSubmission({ ...unsigned, signature });
}

export function evidenceContent(serial: number, label = ''): Uint8Array {
  return utf8(`evidence ${label} ${serial}`);
}
