import type { Batch } from '@hufu/consensus';
import { toHex } from '@hufu/crypto';
import type { ExecutedBlock } from '../../src/ledger/types.ts';
import { Violation } from './violation.ts';

interface Known {
  /** Of its newest batch. */
  epoch: number;
  seq: number;
  /** Digests of its batches, and what they hold. */
  readonly sent: Map<string, string>;
  /** Digests of those that earlier lives left: their submissions may come again while they are on their way. */
  readonly earlier: Set<string>;
  /** What it has applied of them. */
  readonly applied: Set<string>;
}

/**
 * A node makes no new batch of a payload of its own that it has applied. Within one life: after a crash it may be given the
 * same submission again while its batch is on its way. Older batches are given to whoever asks for them.
 */
export class DisseminatedOnce {
  readonly #known = new Map<string, Known>();

  started(who: string): void {
    this.#known.delete(who);
  }

  /** What it goes on from after its start. */
  recovered(who: string, batches: readonly Pick<Batch, 'digest'>[]): void {
    const { earlier } = this.#of(who);
    for (const { digest } of batches) earlier.add(toHex(digest));
  }

  /** One of its own. */
  sent(who: string, epoch: number, batch: Batch): void {
    const known = this.#of(who);
    if (known.earlier.has(toHex(batch.digest))) return;
    if (epoch < known.epoch || (epoch === known.epoch && batch.seq <= known.seq)) return;
    known.epoch = epoch;
    known.seq = batch.seq;
    const payload = toHex(batch.payload);
    known.sent.set(toHex(batch.digest), payload);
    if (!known.applied.has(payload)) return;
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
    const known = this.#known.get(who) ?? {
      epoch: -1,
      seq: -1,
      sent: new Map(),
      earlier: new Set(),
      applied: new Set(),
    };
    this.#known.set(who, known);
    return known;
  }
}
