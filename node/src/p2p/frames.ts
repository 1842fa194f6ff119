/**
 * Length-prefixed frames on a byte stream: u32 big-endian length, then that many bytes. A frame of length 0
 * is a keep-alive and carries nothing.
 */

/** Bytes of the length prefix. */
export const FRAME_PREFIX_BYTES = 4;

/** Why a stream of frames cannot be read on. */
export type FrameError = { readonly code: 'frame-too-large'; readonly sizeBytes: number };

export type FrameResult =
  | { readonly ok: true; readonly frames: readonly Uint8Array[] }
  | { readonly ok: false; readonly error: FrameError };

/** The prefix for a frame of `sizeBytes`. */
export function framePrefix(sizeBytes: number): Uint8Array {
  const prefix = new Uint8Array(FRAME_PREFIX_BYTES);
  new DataView(prefix.buffer).setUint32(0, sizeBytes);
  return prefix;
}

/**
 * Cuts a byte stream into frames. The announced length is checked before a byte of the frame is kept
 * (threat: a peer announces 4 GiB), so at most `maxFrameBytes` are ever held. After an error the decoder is
 * spent: the connection must be closed.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  readonly #prefix = new Uint8Array(FRAME_PREFIX_BYTES);
  #prefixFilled = 0;
  #frame: Uint8Array | undefined;
  #frameFilled = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Takes the next bytes of the stream; returns the frames they complete, copied out of `chunk`. */
  push(chunk: Uint8Array): FrameResult {
    const frames: Uint8Array[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#frame === undefined) {
        const taken = Math.min(FRAME_PREFIX_BYTES - this.#prefixFilled, chunk.length - offset);
        this.#prefix.set(chunk.subarray(offset, offset + taken), this.#prefixFilled);
        this.#prefixFilled += taken;
        offset += taken;
        if (this.#prefixFilled < FRAME_PREFIX_BYTES) break;
        this.#prefixFilled = 0;
        const sizeBytes = new DataView(this.#prefix.buffer).getUint32(0);
        if (sizeBytes > this.#maxFrameBytes) {
          return { ok: false, error: { code: 'frame-too-large', sizeBytes } };
        }
        if (sizeBytes === 0) continue;
        this.#frame = new Uint8Array(sizeBytes);
        this.#frameFilled = 0;
      }
      const taken = Math.min(this.#frame.length - this.#frameFilled, chunk.length - offset);
      this.#frame.set(chunk.subarray(offset, offset + taken), this.#frameFilled);
      this.#frameFilled += taken;
      offset += taken;
      if (this.#frameFilled === this.#frame.length) {
        frames.push(this.#frame);
        this.#frame = undefined;
      }
    }
    return { ok: true, frames };
  }
}
