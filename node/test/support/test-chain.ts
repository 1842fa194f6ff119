import {
  asHeight,
  asValidatorIndex,
  asView,
  type Batch,
  type BatchRef,
  type BlockInput,
  batchDigest,
  batchSignBytes,
  type Finalization,
  NO_BATCH_DIGEST,
  type OriginHead,
  quorum,
  voteSignBytes,
} from '@hufu/consensus';
import {
  generateKeyPair,
  hash,
  hashOf,
  loadSigner,
  type Signer,
  type SuiteName,
  toHex,
  u64be,
} from '@hufu/crypto';
import {
  DEFAULT_PARAMETERS,
  type EvidenceRecord,
  encodeBatchPayload,
  encodeEntry,
  encodeGenesis,
  encodeSubmission,
  type GenesisParameters,
  type GenesisValidator,
  type ParsedGenesis,
  parseGenesis,
  submissionSignBytes,
} from '@hufu/proof';
import {
  applyBlock,
  type ExecutedBlock,
  enterEpoch,
  genesisState,
  type LedgerState,
  type PreparedBatch,
  rememberingCheck,
} from '../../src/ledger/index.ts';
import { prepareBatch } from './prepare-batch.ts';

const SUITES = ['ed25519-sha256', 'sm2-sm3'] as const;
const START_MS = Date.parse('2026-01-01T00:00:00.000Z');

/** Private keys in PEM: of each gateway, and of each validator one per suite. */
export interface TestKeys {
  readonly gateways: readonly string[];
  readonly validators: readonly (readonly string[])[];
}

export interface TestChainOptions {
  /** Those of an earlier chain, to go on with it; new ones when absent. */
  readonly keys?: TestKeys;
  readonly validators?: number;
  readonly gateways?: number;
  readonly parameters?: Partial<GenesisParameters>;
}

/** A network with real keys that executes blocks by the ledger's rules, one after the other, without consensus. */
export class TestChain {
  readonly genesisBytes: Uint8Array;
  readonly genesis: ParsedGenesis;
  readonly keys: TestKeys;
  readonly #gatewaySigners: readonly Signer[];
  /** Of every validator, by public key in hex. */
  readonly #validatorSigners = new Map<string, Signer>();
  readonly #check = rememberingCheck();
  #epochGenesis: Uint8Array = NO_BATCH_DIGEST;
  readonly #batchHeads = new Map<number, { readonly seq: number; readonly digest: Uint8Array }>();
  state: LedgerState;

  constructor({ validators = 4, gateways = 2, parameters = {}, keys }: TestChainOptions = {}) {
    this.keys = keys ?? {
      gateways: Array.from({ length: gateways }, (_, i) => generateKeyPair(gatewaySuite(i)).privateKeyPem),
      validators: Array.from({ length: validators }, () =>
        SUITES.map((suite) => generateKeyPair(suite).privateKeyPem),
      ),
    };
    this.#gatewaySigners = this.keys.gateways.map((pem, i) => loadSigner(gatewaySuite(i), pem));
    const validatorSigners = this.keys.validators.map((pems) =>
      SUITES.map((suite, i) => this.#keep(loadSigner(suite, pems[i] ?? ''))),
    );
    this.genesisBytes = encodeGenesis({
      format: 'hufu-genesis/1',
      name: 'test',
      createdAt: new Date(START_MS).toISOString(),
      suites: [...SUITES],
      members: validatorSigners.map((_, i) => ({
        name: `member-${i}`,
        organisation: `成员 ${i}`,
        roles: ['broker'],
      })),
      validators: validatorSigners.map((signers, i) => validatorOf(`member-${i}`, i, signers)),
      gateways: this.#gatewaySigners.map(({ suite, publicKey }, index) => ({
        index,
        name: `gateway-${index}`,
        member: 'member-0',
        suite,
        publicKey: toHex(publicKey),
      })),
      parameters: { ...DEFAULT_PARAMETERS, ...parameters },
    });
    const genesis = parseGenesis(this.genesisBytes);
    if (!genesis.ok) throw new Error(genesis.error.remark);
    this.genesis = genesis.value;
    this.state = genesisState(this.genesis);
  }

  /** A validator with new keys, which this chain can sign with; `peer` tells its peer id from others. */
  newValidator(member: string, peer: number): GenesisValidator {
    const signers = SUITES.map((suite) =>
      this.#keep(loadSigner(suite, generateKeyPair(suite).privateKeyPem)),
    );
    return validatorOf(member, peer, signers);
  }

  /** A message per suite, signed with a validator's keys. */
  sign({ keys }: GenesisValidator, messages: readonly Uint8Array[]): readonly Uint8Array[] {
    return SUITES.map((suite, i) => this.#signer(keys[suite] ?? '').sign(nth(messages, i)));
  }

  /** Goes on from a state and from where each origin's batches stand. */
  resume(state: LedgerState, origins: readonly OriginHead[]): void {
    this.state = state;
    for (const [origin, { nextSeq, lastDigest }] of origins.entries()) {
      this.#batchHeads.set(origin, { seq: nextSeq - 1, digest: lastDigest });
    }
  }

  #keep(signer: Signer): Signer {
    this.#validatorSigners.set(toHex(signer.publicKey), signer);
    return signer;
  }

  #signer(publicKey: string): Signer {
    const signer = this.#validatorSigners.get(publicKey);
    if (signer === undefined) throw new RangeError(`no key ${publicKey}`);
    return signer;
  }

  /** An encoded submission of well-formed records, signed by the gateway (or by `signedBy`'s key). */
  submission(gateway: number, firstSerial: number, count: number, signedBy = gateway): Uint8Array {
    const records = Array.from({ length: count }, (_, i) => encodeEntry(recordOf(gateway, firstSerial + i)));
    return this.submissionOf(gateway, firstSerial, records, signedBy);
  }

  submissionOf(
    gateway: number,
    firstSerial: number,
    records: readonly Uint8Array[],
    signedBy = gateway,
  ): Uint8Array {
    const unsigned = { gateway, firstSerial, records };
    const signer = this.#gatewaySigners[signedBy];
    const [chainId] = this.genesis.chainId;
    if (signer === undefined || chainId === undefined) throw new RangeError(`gateway ${signedBy}`);
    const signature = signer.sign(submissionSignBytes(hashOf(SUITES[0]), chainId, unsigned));
    return encodeSubmission({ ...unsigned, signature });
  }

  /** The origin's next batch, signed by the validator of that index. */
  batch(origin: number, submissions: readonly Uint8Array[]): Batch {
    return this.batchOf(origin, encodeBatchPayload(submissions));
  }

  batchOf(origin: number, payload: Uint8Array): Batch {
    const head = this.#batchHeads.get(origin) ?? { seq: -1, digest: this.#epochGenesis };
    const fields = { origin: asValidatorIndex(origin), seq: head.seq + 1, prev: head.digest, payload };
    const digest = batchDigest(hashOf(SUITES[0]), fields);
    this.#batchHeads.set(origin, { seq: fields.seq, digest });
    const { registry, chainId } = enterEpoch(this.state);
    const key = registry.validators[origin]?.keys[SUITES[0]] ?? '';
    return { ...fields, digest, signature: this.#signer(key).sign(batchSignBytes(nth(chainId, 0), digest)) };
  }

  prepare(batch: Batch): PreparedBatch {
    return prepareBatch(batch.payload, this.state);
  }

  /** The input of the block after the tip. */
  input(refs: readonly BatchRef[], changed: Partial<BlockInput> = {}): BlockInput {
    const { tip } = this.state;
    return {
      view: asView(tip.view + 1),
      height: asHeight(tip.height + 1),
      parent: { view: tip.view, height: tip.height, digests: tip.digests },
      timeMs: tip.timeMs + 1_000,
      refs: refs.map(({ origin, seq, digest }) => ({ origin, seq, digest })),
      ...changed,
    };
  }

  /** Executes the next block and makes it the tip. */
  extend(batches: readonly Batch[]): ExecutedBlock {
    const block = { input: this.input(batches), batches: batches.map((batch) => this.prepare(batch)) };
    const result = applyBlock(this.state, block, this.#check);
    if (!result.ok) throw new Error(result.error.code);
    this.state = result.value.state;
    if (result.value.endsEpoch) {
      this.#batchHeads.clear();
      this.#epochGenesis = nth(result.value.block.digests, 0);
    }
    return result.value;
  }

  /** A block with one batch of one valid submission of each gateway, `count` records each. */
  extendWith(origin: number, count: number): { readonly batch: Batch; readonly executed: ExecutedBlock } {
    const submissions = this.state.gateways.map(({ index, nextSerial }) =>
      this.submission(index, nextSerial, count),
    );
    const batch = this.batch(origin, submissions);
    return { batch, executed: this.extend([batch]) };
  }

  /** Signed by a quorum, under every suite; in a later view than the block's only at an epoch's end. */
  finalize({ block, state }: ExecutedBlock, view = block.view): Finalization {
    const { height, digests } = block;
    const { chainId, epoch, validatorSetDigest, registry, suites } = state;
    const signers = registry.validators.slice(0, quorum(registry.validators.length));
    const shares = signers.map(({ keys }, signer) => ({
      signer: asValidatorIndex(signer),
      signatures: suites.map((suite, i) =>
        this.#signer(keys[suite] ?? '').sign(
          voteSignBytes('finalize', {
            chainId: nth(chainId, i),
            epoch,
            validatorSetDigest: nth(validatorSetDigest, i),
            view,
            height,
            digest: nth(digests, i),
          }),
        ),
      ),
    }));
    return { kind: 'finalization', view, height, digests, shares };
  }
}

/** The record that `TestChain.submission` makes for a serial. */
export function recordOf(gateway: number, serial: number): EvidenceRecord {
  const content = new Uint8Array([...u64be(gateway), ...u64be(serial)]);
  return {
    gateway,
    serial,
    digests: { sha256: hash('sha256', content), sm3: hash('sm3', content) },
    claimedTimeMs: START_MS + serial,
  };
}

function validatorOf(member: string, peer: number, signers: readonly Signer[]): GenesisValidator {
  return {
    member,
    peerId: `12D3KooW${'A'.repeat(42)}${String.fromCharCode(65 + (peer % 8))}${String.fromCharCode(65 + (peer >> 3))}`,
    keys: Object.fromEntries(signers.map(({ suite, publicKey }) => [suite, toHex(publicKey)])),
  };
}

/** Gateways take the suites in turn. */
function gatewaySuite(index: number): SuiteName {
  return SUITES[index % SUITES.length] ?? SUITES[0];
}

function nth(list: readonly Uint8Array[], i: number): Uint8Array {
  const value = list[i];
  if (value === undefined) throw new RangeError(`${i}`);
  return value;
}
