/** The newest blocks' events as they are sent, for all who follow: rendered once, whoever reads them. */
export class RecentEvents {
  readonly #maxBytes: number;
  /** In the order of their heights. */
  readonly #texts = new Map<number, string>();
  #bytes = 0;

  /** Keeps the newest event, and those before it up to `maxBytes` in all. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(height: number): string | undefined {
    return this.#texts.get(height);
  }

  /** The event of a block above all before; `text` is ASCII. */
  add(height: number, text: string): void {
    this.#texts.set(height, text);
    this.#bytes += text.length;
    for (const [oldest, { length }] of this.#texts) {
      if (this.#bytes <= this.#maxBytes || oldest === height) return;
      this.#texts.delete(oldest);
      this.#bytes -= length;
    }
  }
}
