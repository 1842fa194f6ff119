/**
 * Why a data directory cannot be opened, or cannot answer from one of its parts. A damaged write-ahead log is not among
 * these: the node can still follow (`StoreCondition`).
 *
 * - `genesis-invalid`: the genesis file does not parse
 * - `in-use`: another process has the directory open
 * - `database-damaged`: LevelDB refuses its files. Remedy: as for `batches-damaged`
 * - `database-unreadable`: the system refuses LevelDB's files to this process, as for want of a right or of descriptors
 * - `wrong-chain`: the directory belongs to another genesis
 * - `wrong-format`: written by another version
 * - `batches-damaged`: batch bodies that were durable are gone or altered. Remedy: delete all of the directory but `wal`,
 *   the log of what the node signed, and `instance`, the name that ties it to the keys; the node then fetches the chain again
 *   from its peers. It signs if that log still begins with its first frame; without the older ones, which are deleted as the
 *   chain grows, it observes. An older copy of the directory is no remedy: its log lacks the votes since
 * - `tiles-damaged`: the log's trees on disk are not those that were finalized. Remedy: stop the node, delete `tiles` in
 *   its data directory, start it: they are computed again
 * - `disk-full`: nothing more can be written. Remedy: free space, start the node again: it catches up
 * - `history-incomplete`: this node began from a snapshot and has not fetched this part of the past yet. Remedy: wait, or ask
 *   another node
 * - `chain-damaged`: the log's trees cannot be computed again from the blocks. Remedy: as for `batches-damaged`
 */
export type StoreErrorCode =
  | 'genesis-invalid'
  | 'in-use'
  | 'database-damaged'
  | 'database-unreadable'
  | 'wrong-chain'
  | 'wrong-format'
  | 'batches-damaged'
  | 'tiles-damaged'
  | 'disk-full'
  | 'history-incomplete'
  | 'chain-damaged';

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** What the system says when there is no room: of the device, or of what this user may use of it. */
const FULL = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/;

/** The work, whose failure is a StoreError when it says that the disk is full. */
export async function namingFullDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw fullDiskOr(error);
  }
}

/** The StoreError `disk-full` for an error that says so itself or by what caused it, as LevelDB's do; else the error. */
export function fullDiskOr(error: unknown): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StoreError) return error;
    const [named] = FULL.exec(`${cause.message} ${'code' in cause ? cause.code : ''}`) ?? [];
    if (named !== undefined) return new StoreError('disk-full', named, { cause: error });
  }
  return error;
}
