import { asHeight, asValidatorIndex, asView } from '@hufu/consensus';
import { type HashName, hash, hashOf } from '@hufu/crypto';
import {
  type Appended,
  appendLeaves,
  certificatesFromFinalization,
  decodeSubmission,
  EMPTY_FRONTIER,
  type EpochStep,
  encodeBundle,
  encodeHeader,
  encodeValidatorSet,
  type FinalityCertificate,
  type Frontier,
  headerDigests,
  inclusionPath,
  type ReadHash,
  rangeProof,
  refsDigest,
  root,
  type Submission,
  type ValidatorSet,
  validatorSetDigests,
} from '@hufu/proof';
import type { GatewayKey, ReferenceNetwork } from './reference-network.ts';

export interface ReferenceBlock {
  readonly height: number;
  readonly timeMs: number;
  readonly headerBytes: Uint8Array;
  readonly digests: readonly Uint8Array[];
  readonly epoch: number;
  readonly certificates: readonly FinalityCertificate[];
  readonly firstIndex: number;
  readonly logSize: number;
  readonly logRoots: readonly Uint8Array[];
  readonly submissions: readonly Placed[];
  readonly dropped: readonly (Omit<Placed, 'firstIndex'> & { readonly reason: string })[];
}

interface Placed {
  readonly gateway: number;
  readonly firstSerial: number;
  readonly count: number;
  readonly firstIndex: number;
}

/**
 * A ledger in memory with the real rules where they matter to a gateway: serials, the log under both hashes,
 * headers, and certificates that really verify. Agreement is what is missing: it decides alone.
 */
export class ReferenceLedger {
  /** In the epoch that runs. */
  network: ReferenceNetwork;
  /** How each epoch before it ended. */
  readonly ends: EpochStep[] = [];
  readonly entries: Uint8Array[] = [];
  readonly blocks: ReferenceBlock[] = [];
  readonly #hashes: readonly HashName[];
  readonly #nodes = new Map<string, Uint8Array>();
  #frontiers: Frontier[];
  #waiting: Uint8Array[] = [];
  readonly #listeners = new Set<(block: ReferenceBlock) => void>();
  nextSerial = 0;

  constructor(network: ReferenceNetwork) {
    this.network = network;
    this.#hashes = network.genesis.suites.map(hashOf);
    this.#frontiers = this.#hashes.map(() => EMPTY_FRONTIER);
  }

  /** Takes a submission for the next block. */
  submit(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  onBlock(listener: (block: ReferenceBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets what was taken and not yet put in a block, as a node that is killed does. */
  loseWaiting(): void {
    this.#waiting = [];
  }

  /** Makes the next block of everything taken. `signers`: how many sign it. */
  commit(signers = 3): ReferenceBlock {
    return this.#commit(signers);
  }

  /** Makes the next block, which drops everything taken for one reason, whatever its serials are. */
  drop(reason: string): ReferenceBlock {
    return this.#commit(3, undefined, reason);
  }

  /** Makes the last block of the epoch, certified in a later view than its own, and goes on with the next one. */
  endEpoch(gatewayKey: GatewayKey | undefined): ReferenceBlock {
    const next = this.network.succeed(gatewayKey);
    const block = this.#commit(3, next.validators);
    const validatorSet = encodeValidatorSet(next.validators);
    this.ends.push({ header: block.headerBytes, certificates: block.certificates, validatorSet });
    this.network = next;
    return block;
  }

  #commit(signers: number, next?: ValidatorSet, reason?: string): ReferenceBlock {
    const firstIndex = this.entries.length;
    const submissions: Placed[] = [];
    const dropped: ReferenceBlock['dropped'][number][] = [];
    for (const bytes of this.#waiting) this.#apply(bytes, submissions, dropped, reason);
    this.#waiting = [];
    const logRoots = this.#append(this.entries.slice(firstIndex));
    const block = this.#seal({ firstIndex, logRoots, submissions, dropped }, signers, next);
    this.blocks.push(block);
    for (const listener of this.#listeners) listener(block);
    return block;
  }

  rangeProof(name: HashName, first: number, count: number, size: number): readonly Uint8Array[] {
    return rangeProof(name, first, count, size, this.#reader(name));
  }

  bundle(index: number): Uint8Array {
    const block = this.blocks.find(({ logSize }) => logSize > index);
    const entry = this.entries[index];
    if (block === undefined || entry === undefined) throw new Error(`no entry ${index}`);
    const { genesisBytes } = this.network;
    return encodeBundle({
      genesis: genesisBytes,
      records: [
        {
          entry,
          index,
          paths: Object.fromEntries(
            this.#hashes.map((name) => [name, inclusionPath(name, index, block.logSize, this.#reader(name))]),
          ),
        },
      ],
      logSize: block.logSize,
      header: block.headerBytes,
      certificates: block.certificates,
      epochChain: this.ends.slice(0, block.epoch),
    });
  }

  #apply(
    bytes: Uint8Array,
    submissions: Placed[],
    dropped: ReferenceBlock['dropped'][number][],
    other?: string,
  ): void {
    const decoded = decodeSubmission(bytes);
    if (!decoded.ok) throw new Error('nodes refuse malformed submissions before this');
    const submission: Submission = decoded.value;
    const { gateway, firstSerial, records } = submission;
    const place = { gateway, firstSerial, count: records.length };
    if (other !== undefined || firstSerial !== this.nextSerial) {
      const reason = other ?? (firstSerial < this.nextSerial ? 'serial-applied' : 'serial-gap');
      dropped.push({ ...place, reason });
      return;
    }
    submissions.push({ ...place, firstIndex: this.entries.length });
    this.entries.push(...records);
    this.nextSerial += records.length;
  }

  #append(leaves: readonly Uint8Array[]): readonly Uint8Array[] {
    this.#frontiers = this.#hashes.map((name, i) => {
      const appended: Appended = appendLeaves(name, this.#frontiers[i] ?? EMPTY_FRONTIER, leaves);
      for (const { level, firstIndex, hashes } of appended.nodes) {
        for (let at = 0; at < hashes.length / 32; at++) {
          this.#nodes.set(`${name} ${level} ${firstIndex + at}`, hashes.slice(at * 32, at * 32 + 32));
        }
      }
      return appended.frontier;
    });
    return this.#hashes.map((name, i) => root(name, this.#frontiers[i] ?? EMPTY_FRONTIER));
  }

  #reader(name: HashName): ReadHash {
    return (level, index) => {
      const node = this.#nodes.get(`${name} ${level} ${index}`);
      if (node === undefined) throw new Error(`no node ${level} ${index}`);
      return node;
    };
  }

  #seal(
    block: Pick<ReferenceBlock, 'firstIndex' | 'logRoots' | 'submissions' | 'dropped'>,
    signers: number,
    next?: ValidatorSet,
  ): ReferenceBlock {
    const { genesis, chainId, validators } = this.network;
    const height = this.blocks.length + 1;
    const timeMs = 1_800_000_000_000 + height;
    const logSize = this.entries.length;
    const setDigests = validatorSetDigests(validators);
    const headerBytes = encodeHeader({
      chainId,
      epoch: validators.epoch,
      height: asHeight(height),
      view: asView(height),
      parent: this.blocks.at(-1)?.digests ?? chainId,
      timeMs,
      proposer: asValidatorIndex(0),
      refsDigest: refsDigest('sha256', []),
      logSize,
      logRoots: block.logRoots,
      stateRoot: this.#hashes.map((name) => hash(name, new Uint8Array([height]))),
      validatorSetDigest: setDigests,
      ...(next && { nextValidatorSetDigest: validatorSetDigests(next) }),
    });
    const digests = headerDigests(genesis.suites, headerBytes);
    const view = next === undefined ? height : height + 1;
    const finalization = this.network.finalize(view, height, digests, signers);
    const certificates = certificatesFromFinalization(finalization, { chainId, validators });
    const { epoch } = validators;
    return { ...block, epoch, height, timeMs, headerBytes, digests, certificates, logSize };
  }
}
