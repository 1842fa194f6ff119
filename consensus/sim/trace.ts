/** A running 64-bit fingerprint of everything that was sent and finalized, in order (two rounds of FNV-1a). */
export class Trace {
  #low = 0x811c9dc5;
  #high = 0x9e3779b9;
  lines = 0;
  readonly #print: ((line: string) => void) | null;

  constructor(print: ((line: string) => void) | null = null) {
    this.#print = print;
  }

  add(line: string): void {
    this.lines++;
    this.#print?.(line);
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i);
      this.#low = Math.imul(this.#low ^ code, 0x01000193) >>> 0;
      this.#high = Math.imul(this.#high ^ (code + i), 0x01000193) >>> 0;
    }
  }

  get hash(): string {
    return this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0');
  }
}

/** One line of a message: what it is about, without its bytes. */
export function describe(message: { readonly kind: string }): string {
  const about = ['view', 'height', 'seq', 'origin', 'signer', 'fromHeight', 'fromView', 'toView', 'timeMs'];
  const fields = Object.entries(message)
    .filter(([name]) => about.includes(name))
    .map(([name, value]) => `${name}=${value}`);
  return `${message.kind} ${fields.join(' ')}`;
}
