import type { Stream } from '@libp2p/interface';
import { FRAME_PREFIX_BYTES, framePrefix } from './frames.ts';

/** Bytes handed to the stream in one write; libp2p costs 4–48 µs a write whatever its size. */
const WRITE_BYTES = 512 * 1024;

/**
 * The bounded outgoing queue of one stream. Frames enqueued in one turn of the event loop leave in one write;
 * when the stream is saturated they wait here, and beyond `maxQueuedBytes` new frames are refused: the
 * protocol resends what matters, and a slow peer must not cost memory.
 */
export class SendQueue {
  readonly #stream: Stream;
  readonly #maxQueuedBytes: number;
  #frames: Uint8Array[] = [];
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
    this.#frames.push(framePrefix(frame.length), frame);
    this.#queuedBytes += sizeBytes;
    if (this.#state === 'idle') {
      this.#state = 'scheduled';
      queueMicrotask(() => this.#flush());
    }
    return true;
  }

  /** Drops what is queued and refuses from now on. */
  close(): void {
    this.#state = 'closed';
    this.#frames = [];
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

  /** Joins queued frames up to WRITE_BYTES; a frame larger than that is written alone. */
  #nextWrite(): Uint8Array | undefined {
    let count = 0;
    let sizeBytes = 0;
    for (const part of this.#frames) {
      if (count > 0 && sizeBytes + part.length > WRITE_BYTES) break;
      count += 1;
      sizeBytes += part.length;
    }
    if (count === 0) return undefined;
    const parts = this.#frames.splice(0, count);
    this.#queuedBytes -= sizeBytes;
    const [only] = parts;
    return count === 1 ? only : Buffer.concat(parts, sizeBytes);
  }
}
