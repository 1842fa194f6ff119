import { type BlockInput, digestKey, type HeaderDigests } from '../../src/types.ts';
import type { Signatures } from '../signatures.ts';
import { Violation } from './violation.ts';

type Unsigned = Parameters<Signatures['sign']>[1];

/**
 * What was signed by anybody, honest or not, whether it arrived or not: an honest node signs Finalize only for a block
 * that more than two thirds notarized, and proposes and notarizes only on such a block, with views skipped that
 * more than two thirds nullified.
 */
export class SignedVotes {
  readonly #n: number;
  readonly #genesis: HeaderDigests;
  readonly #lastHeight: number | null;
  /** By view and first digest: who signed Notarize. */
  readonly #notarizers = new Map<string, Set<number>>();
  /** By view: who signed Nullify. */
  readonly #nullifiers = new Map<number, Set<number>>();

  constructor(n: number, genesis: HeaderDigests, lastHeight: number | null) {
    this.#lastHeight = lastHeight;
    this.#n = n;
    this.#genesis = genesis;
  }

  /** Everything that is signed comes here, an honest node's before it is signed. */
  sign(signer: number, message: Unsigned): void {
    if (message.kind === 'nullify') {
      const signers = this.#nullifiers.get(message.view) ?? new Set();
      this.#nullifiers.set(message.view, signers.add(signer));
    }
    if (message.kind !== 'notarize') return;
    const key = keyOf(message.view, [message.digest]);
    const signers = this.#notarizers.get(key) ?? new Set();
    this.#notarizers.set(key, signers.add(signer));
  }

  checkHonest(index: number, message: Unsigned): void {
    if (message.kind === 'finalize') this.#checkNotarized(index, 'finalized', message.view, message.digests);
    if (message.kind === 'proposal') this.checkJustified(index, message);
    if (message.kind !== 'reproposal') return;
    this.#checkNotarized(index, 'proposed again', message.justification.view, message.digests);
    this.#checkSkipped(index, message.justification.view, message.view);
  }

  /** A block that an honest node proposes or notarizes: its parent is notarized, every view between is nullified. */
  checkJustified(index: number, block: BlockInput): void {
    const { view, height, digests } = block.parent;
    if (height === this.#lastHeight)
      throw new Violation('epoch', `node ${index} extended the epoch's last block`);
    if (height > 0) this.#checkNotarized(index, 'extended', view, digests);
    else if (keyOf(0, digests) !== keyOf(0, this.#genesis)) {
      throw new Violation('votes', `node ${index} extended another genesis`);
    }
    this.#checkSkipped(index, view, block.view);
  }

  #checkSkipped(index: number, after: number, before: number): void {
    for (let skipped = after + 1; skipped < before; skipped++) {
      const signers = this.#nullifiers.get(skipped)?.size ?? 0;
      if (3 * signers > 2 * this.#n) continue;
      throw new Violation('votes', `node ${index} skipped view ${skipped}, which ${signers} nullified`);
    }
  }

  #checkNotarized(index: number, what: string, view: number, digests: HeaderDigests): void {
    const signers = this.#notarizers.get(keyOf(view, digests))?.size ?? 0;
    if (3 * signers <= 2 * this.#n) {
      throw new Violation('votes', `node ${index} ${what} a block of view ${view} that ${signers} notarized`);
    }
  }
}

function keyOf(view: number, [first = new Uint8Array()]: HeaderDigests): string {
  return `${view}/${digestKey(first)}`;
}
