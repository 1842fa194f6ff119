import type { Effect } from '@hufu/consensus';

/** Consecutive blocks, the last of them certified by the finalization. */
type Run = Pick<Extract<Effect, { type: 'finalized' }>, 'blocks' | 'finalization'>;

/**
 * Runs are joined up to so many blocks. Of each run only the last has a finalization that is kept, and a peer is served
 * up to there or not at all: with 1,024 references of 48 bytes each, so many still go into one message of 4 MiB.
 */
const MAX_JOINED_BLOCKS = 64;

/**
 * Blocks that became final and wait to be applied, in height order. What comes while a run is being applied is joined:
 * each costs a synced write, and a disk that is slower than the protocol would fall behind for ever.
 */
export class FinalBlocks {
  #waiting: Run[] = [];

  add({ blocks, finalization }: Run): void {
    this.#waiting.push({ blocks, finalization });
  }

  /** Takes what is to be applied next. An epoch's last block ends its run: nothing in its epoch comes after. */
  takeRun(): Run | undefined {
    let [run] = this.#waiting;
    if (run === undefined) return undefined;
    let count = 1;
    for (const { blocks, finalization } of this.#waiting.slice(1)) {
      if (run.blocks.length + blocks.length > MAX_JOINED_BLOCKS) break;
      run = { blocks: [...run.blocks, ...blocks], finalization };
      count += 1;
    }
    this.#waiting = this.#waiting.slice(count);
    return run;
  }
}
