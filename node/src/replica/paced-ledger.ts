import {
  applyBlock,
  BatchSettler,
  enterEpoch,
  prepareItems,
  rememberingCheck,
  verifySubmission,
} from '../ledger/index.ts';
import type {
  BlockToApply,
  LedgerState,
  PreparedBatch,
  PreparedItem,
  SignatureCheck,
} from '../ledger/types.ts';
import type { Clock } from './environment.ts';

/** What is read between two turns of the event loop, in bytes: about 5 ms of decoding and hashing. */
const SLICE_BYTES = 65_536;
/** A signature takes as long as so many bytes: up to 3 ms under SM2. */
const SIGNATURE_BYTES = 8_192;
/** Whatever is in an item, reading it takes as long as so many bytes. */
const ITEM_BYTES = 64;

/**
 * The ledger's rules in slices, between which the event loop turns. Threat: a batch holds 4,096 items, a block many
 * batches, and verifying all their signatures takes minutes, in which a node that did nothing else would say nothing.
 */
export class PacedLedger {
  readonly #clock: Pick<Clock, 'soon'>;
  #spentBytes = 0;
  #isStopped = false;
  /** The ledger's signature check; each submission object is verified once. */
  readonly checkSignature: SignatureCheck;

  constructor(clock: Pick<Clock, 'soon'>, check: SignatureCheck = verifySubmission) {
    this.#clock = clock;
    this.checkSignature = rememberingCheck((gateway, submission) => {
      this.#spentBytes += SIGNATURE_BYTES;
      return check(gateway, submission);
    });
  }

  /** Every call that is under way, and every later one, is rejected at its next turn. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Reads a batch, for blocks of the epoch that `state` has entered, or is about to, and that are built on it. Verifies
   * its signatures.
   */
  async prepare(payload: Uint8Array, state: LedgerState): Promise<PreparedBatch> {
    const submissions: PreparedItem[] = [];
    const settler = new BatchSettler(enterEpoch(state), this.checkSignature);
    for (const { item, sizeBytes } of prepareItems(payload, state)) {
      submissions.push(settler.settle(item));
      this.#spentBytes += ITEM_BYTES + sizeBytes;
      if (this.#isSliceSpent) await this.#turn();
    }
    return { submissions };
  }

  /** As the ledger's `applyBlock`, with every signature that it asks for verified before. */
  async apply(parentState: LedgerState, block: BlockToApply): Promise<ReturnType<typeof applyBlock>> {
    const entered = enterEpoch(parentState);
    for (const { submissions } of block.batches) {
      const settler = new BatchSettler(entered, this.checkSignature);
      for (const item of submissions) {
        settler.settle(item);
        if (this.#isSliceSpent) await this.#turn();
      }
    }
    return applyBlock(parentState, block, this.checkSignature);
  }

  get #isSliceSpent(): boolean {
    return this.#spentBytes >= SLICE_BYTES;
  }

  async #turn(): Promise<void> {
    this.#spentBytes = 0;
    await new Promise<void>((resolve) => {
      this.#clock.soon(resolve);
    });
    if (this.#isStopped) throw new Error('stopped');
  }
}
