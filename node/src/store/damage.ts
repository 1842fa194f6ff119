import { StoreError } from './store-error.ts';

/** Parts of a data directory in which damage can show while the node runs. */
const DATA_PARTS = ['tiles', 'batches'] as const;
export type DataPart = (typeof DATA_PARTS)[number];

/** One part and what was found wrong with it since the store was opened; null when nothing was. */
export interface PartCondition {
  readonly part: DataPart;
  readonly problem: string | null;
}

/** What a node must still have in order to sign: the log of its votes, and the name that ties it to the keys. */
const KEPT = 'wal and instance';

const REMEDIES: Readonly<Record<DataPart, string>> = {
  tiles: 'stop the node, delete tiles in its data directory, start it: they are computed again',
  batches: `stop the node, delete all of its data directory but ${KEPT}, start it: it fetches the chain again`,
};

/** What was found altered or gone while it was read. The node goes on with what is whole. */
export class DamageRecord {
  readonly #found = new Map<DataPart, string>();

  get parts(): readonly PartCondition[] {
    return DATA_PARTS.map((part) => ({ part, problem: this.#found.get(part) ?? null }));
  }

  /** Keeps the first finding of each part. Returns the error to throw: `<part>-damaged`, naming the remedy. */
  found(part: DataPart, finding: string, cause?: unknown): StoreError {
    const error = new StoreError(`${part}-damaged`, `${finding}. Remedy: ${REMEDIES[part]}`, { cause });
    if (!this.#found.has(part)) this.#found.set(part, error.message);
    return error;
  }
}
