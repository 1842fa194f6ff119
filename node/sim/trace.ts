/** A running fingerprint of all that happened, in order; printed in words if asked for. */
export class Trace {
  #low = 0x811c9dc5;
  #high = 0x9e3779b9;
  readonly #print: ((line: string) => void) | null;

  constructor(print: ((line: string) => void) | null) {
    this.#print = print;
  }

  note(nowMs: number, who: string, what: string): void {
    const line = `${nowMs} ${who} ${what}`;
    for (let i = 0; i < line.length; i++) this.#mix(line.charCodeAt(i));
    this.#print?.(line);
  }

  get hash(): string {
    return this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0');
  }

  /** Two rounds of FNV-1a. */
  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193) >>> 0;
    this.#high = Math.imul(this.#high ^ (word + (this.#low >>> 7)), 0x01000193) >>> 0;
  }
}
