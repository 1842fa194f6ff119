import { equalBytes, toHex } from '@hufu/crypto';
import {
  certificatesFromFinalization,
  genesisValidatorSet,
  type ParsedGenesis,
  parseGovernanceDocument,
  registryValidatorSet,
  type ValidatorSet,
  validatorSetDigests,
  verifyFinalityCertificate,
} from '@hufu/proof';
import type { ExecutedBlock } from '../../src/ledger/types.ts';
import type { Store } from '../../src/store/index.ts';
import { Violation } from './violation.ts';

interface Known {
  readonly digest: string;
  readonly epoch: number;
  readonly view: number;
  readonly endsEpoch: boolean;
}

/**
 * One chain: every node makes the same header final at each height, and its last is certified by a quorum of the epoch's
 * validators. Who they are is worked out here from the genesis and from the documents that were signed.
 */
export class OneChain {
  readonly #genesis: ParsedGenesis;
  /** Documents that were signed to end an epoch. */
  readonly #documents: (epoch: number) => readonly Uint8Array[];
  readonly #blocks: Known[] = [];
  /** By epoch. */
  readonly #validators: ValidatorSet[];

  constructor(genesis: ParsedGenesis, documents: (epoch: number) => readonly Uint8Array[]) {
    this.#genesis = genesis;
    this.#documents = documents;
    this.#validators = [genesisValidatorSet(genesis.genesis)];
  }

  get height(): number {
    return this.#blocks.length;
  }

  /** The epoch of the next block. */
  get epoch(): number {
    return this.#validators.length - 1;
  }

  /** Throws a Violation. */
  applied(who: string, blocks: readonly ExecutedBlock[], { chain }: Store): void {
    for (const executed of blocks) this.#add(who, executed);
    const last = blocks.at(-1);
    const { finalization } = chain;
    if (last === undefined || finalization === null) throw new Violation('certificate', `${who}: none`);
    const known = this.#blocks[last.block.height - 1];
    const validators = this.#validators[last.header.epoch];
    if (known === undefined || validators === undefined)
      throw new Violation('chain', `${who}: no such epoch`);
    const isView = finalization.view === known.view || (known.endsEpoch && finalization.view > known.view);
    if (!isView || finalization.height !== last.block.height) {
      throw new Violation('certificate', `${who}: of another block than ${last.block.height}`);
    }
    const context = { chainId: this.#genesis.chainId, validators };
    for (const certificate of certificatesFromFinalization(finalization, context)) {
      const verified = verifyFinalityCertificate(certificate, context);
      if (!verified.ok) throw new Violation('certificate', `${who}: ${verified.error.code}`);
      if (toHex(certificate.headerDigest) !== known.digest) {
        throw new Violation('certificate', `${who}: of another header at ${last.block.height}`);
      }
    }
  }

  #add(who: string, { block, header, endsEpoch }: ExecutedBlock): void {
    const digest = toHex(block.digests[0] ?? new Uint8Array(0));
    const known = this.#blocks[block.height - 1];
    if (known !== undefined) {
      if (known.digest !== digest) throw new Violation('one chain', `${who}: another block ${block.height}`);
      return;
    }
    if (block.height !== this.height + 1) throw new Violation('chain', `${who}: gap before ${block.height}`);
    const before = this.#blocks.at(-1);
    if (header.epoch !== this.epoch) throw new Violation('epochs', `${who}: epoch ${header.epoch}`);
    const parent = before?.digest ?? toHex(this.#genesis.chainId[0] ?? new Uint8Array(0));
    if (toHex(header.parent[0] ?? new Uint8Array(0)) !== parent) {
      throw new Violation('chain', `${who}: block ${block.height} has another parent`);
    }
    this.#blocks.push({ digest, epoch: header.epoch, view: block.view, endsEpoch });
    if (endsEpoch) this.#enter(who, header.nextValidatorSetDigest?.[0]);
  }

  /** The next validators are those of a document that was signed. */
  #enter(who: string, digest: Uint8Array | undefined): void {
    const { suites } = this.#genesis.genesis;
    for (const bytes of this.#documents(this.epoch)) {
      const document = parseGovernanceDocument(bytes);
      if (!document.ok) continue;
      const set = registryValidatorSet(this.epoch + 1, suites, document.value);
      const [own] = validatorSetDigests(set);
      if (own !== undefined && digest !== undefined && equalBytes(own, digest)) {
        this.#validators.push(set);
        return;
      }
    }
    throw new Violation('epochs', `${who}: epoch ${this.epoch} ended with validators that nobody signed`);
  }
}
