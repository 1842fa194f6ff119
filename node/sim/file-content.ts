import type { Random } from './random.ts';

/** A change that is not durable: where, and what was there. */
interface Unsynced {
  readonly position: number;
  readonly length: number;
  readonly before: Buffer;
}

/** The bytes of a file, and what of them a crash may take. */
export class FileContent {
  #bytes = Buffer.alloc(256);
  size = 0;
  #durableSize = 0;
  #changes: Unsynced[] = [];

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.size);
  }

  /** What no crash takes, if nothing below was changed since. */
  get durable(): Buffer {
    return this.#bytes.subarray(0, this.#durableSize);
  }

  /** How many changes are not durable. */
  get unsynced(): number {
    return this.#changes.length;
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    this.#changes.push(this.#change(position, bytes.length, Math.min(end, this.size)));
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(2 * end);
      this.#bytes.copy(larger, 0, 0, this.size);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, position);
    this.size = Math.max(this.size, end);
  }

  truncate(size: number): void {
    this.#changes.push(this.#change(size, 0, this.size));
    this.#bytes.fill(0, size, this.size);
    this.size = size;
  }

  /** The oldest `count` changes are durable. */
  sync(count: number): void {
    this.#changes = this.#changes.slice(count);
    const above = this.#changes.map(({ position }) => position);
    this.#durableSize = this.#changes.length === 0 ? this.size : Math.min(this.size, ...above);
  }

  /**
   * What a crash leaves: of what lies below the durable end each change or what was there before; above it a piece from
   * the beginning, then nothing, or zeros where only the length was written. That is what journalling file systems
   * leave, and what the frames of the log are made for.
   */
  crash(random: Random): void {
    for (const { position, length, before } of this.#changes.toReversed()) {
      const isCut = length === 0;
      if (!isCut && position >= this.#durableSize) continue;
      if (random.chance(0.5)) continue;
      before.copy(this.#bytes, position);
      if (isCut) this.size = Math.max(this.size, position + before.length);
    }
    if (this.size > this.#durableSize && this.#changes.length > 0) {
      const kept = random.pick([this.#durableSize, random.integer(this.#durableSize, this.size), this.size]);
      this.#bytes.fill(0, kept, this.size);
      if (random.chance(0.5)) this.size = kept;
    }
    this.#changes = [];
    this.#durableSize = this.size;
  }

  #change(position: number, length: number, end: number): Unsynced {
    return { position, length, before: Buffer.from(this.#bytes.subarray(position, Math.max(position, end))) };
  }
}
