/** A line of a stream, or that it was longer than allowed and skipped. */
export type Line = { readonly text: string } | { readonly tooLarge: true };

const LF = 0x0a;
/** Parts of an unfinished line that are kept apart; joining them at once would copy the line for each. */
const MAX_PARTS = 256;
const TOO_LARGE: Line = { tooLarge: true };

/** Cuts a byte stream into lines, keeping at most one line's worth of bytes. */
export class LineSplitter {
  readonly #maxBytes: number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #skipping = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that this chunk completes, cut one by one as they are taken; all must be, before the next chunk. */
  *push(chunk: Buffer): Generator<Line, void> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      yield this.#complete(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** The last line, when the stream did not end with a line feed. */
  end(): Line[] {
    return this.#restBytes > 0 || this.#skipping ? [this.#complete(Buffer.alloc(0))] : [];
  }

  #complete(tail: Buffer): Line {
    const tooLarge = this.#skipping || this.#restBytes + tail.length > this.#maxBytes;
    const line = this.#restBytes === 0 ? tail : Buffer.concat([...this.#rest, tail]);
    this.#rest = [];
    this.#restBytes = 0;
    this.#skipping = false;
    return tooLarge ? TOO_LARGE : { text: line.toString('utf8') };
  }

  #keep(part: Buffer): void {
    if (part.length === 0 || this.#skipping) return;
    if (this.#restBytes + part.length > this.#maxBytes) {
      this.#rest = [];
      this.#restBytes = 0;
      this.#skipping = true;
      return;
    }
    this.#rest.push(part);
    this.#restBytes += part.length;
    // Threat: a line that comes byte by byte would keep a hundred bytes for each.
    if (this.#rest.length >= MAX_PARTS) this.#rest = [Buffer.concat(this.#rest)];
  }
}
