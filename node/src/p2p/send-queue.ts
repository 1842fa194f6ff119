import type { Stream } from '@libp2p/interface';
import { FRAME_PREFIX_BYTES, framePrefix } from './frames.ts';

/** Small frames are joined up to this size: libp2p costs 4–48 µs a write whatever its size. */
const WRITE_BYTES = 256 * 1024;
/** From here on copying a frame costs more than a write of its own. */
const LARGE_BYTES = 32 * 1024;

/**
 * The bounded outgoing queue of one stream. Frames enqueued in one turn of the event loop leave in one write;
 * when the stream is saturated they wait here, and beyond `maxQueuedBytes` new frames are refused: the
 * protocol resends what matters, and a slow peer must not cost memory.
 */
export class SendQueue {
  readonly #stream: Stream;
  readonly #maxQueuedBytes: number;
  /** Prefixes and frames, alternating. */
  #parts: Uint8Array[] = [];
  #queuedBytes = 0;
  #state: 'idle' | 'scheduled' | 'draining' | 'closed' = 'idle';

  constructor(stream: Stream, maxQueuedBytes: number) {
    this.#stream = stream;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  /** Bytes waiting for the stream, prefixes included. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Queues one frame; false when it was refused because the queue is full or the stream is closed. */
  enqueue(frame: Uint8Array): boolean {
    const sizeBytes = FRAME_PREFIX_BYTES + frame.length;
    if (this.#state === 'closed' || this.#queuedBytes + sizeBytes > this.#maxQueuedBytes) return false;
    this.#parts.push(framePrefix(frame.length), frame);
    this.#queuedBytes += sizeBytes;
    if (this.#state === 'idle') {
      this.#state = 'scheduled';
      setImmediate(() => this.#flush());
    }
    return true;
  }

  /** Drops what is queued and refuses from now on. */
  close(): void {
    this.#state = 'closed';
    this.#parts = [];
    this.#queuedBytes = 0;
  }

  #flush(): void {
    while (this.#state === 'scheduled' || this.#state === 'draining') {
      const write = this.#nextWrite();
      if (write === undefined) {
        this.#state = 'idle';
        return;
      }
      try {
        if (this.#stream.send(write)) continue;
      } catch {
        // The stream closed under us; its close event ends the link.
        this.close();
        return;
      }
      this.#state = 'draining';
      this.#stream.onDrain().then(
        () => this.#flush(),
        () => this.close(),
      );
      return;
    }
  }

  /** Joins small parts up to WRITE_BYTES; a large part is written alone, uncopied. */
  #nextWrite(): Uint8Array | undefined {
    const [first] = this.#parts;
    if (first === undefined) return undefined;
    let count = 0;
    let sizeBytes = 0;
    for (const part of this.#parts) {
      const joins = part.length < LARGE_BYTES && sizeBytes + part.length <= WRITE_BYTES;
      if (count > 0 && !joins) break;
      count += 1;
      sizeBytes += part.length;
      if (part.length >= LARGE_BYTES) break;
    }
    const joined = this.#parts.splice(0, count);
    this.#queuedBytes -= sizeBytes;
    return count === 1 ? first : Buffer.concat(joined, sizeBytes);
  }
}
