import type { Batch } from '@hufu/consensus';
import { toHex } from '@hufu/crypto';
import type { ExecutedBlock } from '../../src/ledger/types.ts';
import { Violation } from './violation.ts';

interface Known {
  /** Digests of its batches, and what they hold. */
  readonly sent: Map<string, string>;
  /** What it has applied of them. */
  readonly applied: Set<string>;
}

/**
 * A node makes no new batch of a payload of its own that it has applied. Within one life: after a crash it may be given the
 * same submission again while its batch is on its way.
 */
export class DisseminatedOnce {
  readonly #known = new Map<string, Known>();

  started(who: string): void {
    this.#known.delete(who);
  }

  /** One of its own. */
  sent(who: string, batch: Batch): void {
    const { sent, applied } = this.#of(who);
    const digest = toHex(batch.digest);
    if (sent.has(digest)) return;
    const payload = toHex(batch.payload);
    sent.set(digest, payload);
    if (!applied.has(payload)) return;
    throw new Violation('batches', `${who} disseminates again what it has applied`);
  }

  applied(who: string, blocks: readonly Pick<ExecutedBlock, 'block'>[]): void {
    const { sent, applied } = this.#of(who);
    for (const { digest } of blocks.flatMap(({ block }) => block.refs)) {
      const payload = sent.get(toHex(digest));
      if (payload !== undefined) applied.add(payload);
    }
  }

  #of(who: string): Known {
    const known = this.#known.get(who) ?? { sent: new Map(), applied: new Set() };
    this.#known.set(who, known);
    return known;
  }
}
