/**
 * Digest prefixes and serials in memory. Serials of one prefix are in the order in which they were added,
 * which is ascending. Most prefixes have one serial, which is kept without a list.
 */
export class RecentDigests {
  readonly #serials = new Map<number, number | number[]>();
  #entries = 0;

  get entries(): number {
    return this.#entries;
  }

  add(prefix: number, serial: number): void {
    const known = this.#serials.get(prefix);
    if (known === undefined) this.#serials.set(prefix, serial);
    else if (typeof known === 'number') this.#serials.set(prefix, [known, serial]);
    else known.push(serial);
    this.#entries += 1;
  }

  earliest(prefix: number, limit: number): readonly number[] {
    const known = this.#serials.get(prefix);
    if (known === undefined) return NONE;
    return typeof known === 'number' ? [known] : known.slice(0, limit);
  }

  newest(prefix: number, below: number, limit: number): readonly number[] {
    const known = this.#serials.get(prefix);
    if (known === undefined) return NONE;
    if (typeof known === 'number') return known < below ? [known] : NONE;
    const found: number[] = [];
    for (let i = known.length - 1; i >= 0 && found.length < limit; i--) {
      const serial = known[i];
      if (serial !== undefined && serial < below) found.push(serial);
    }
    return found;
  }

  /** Prefix, serial, prefix, serial …, ascending by prefix, then serial. */
  sorted(): readonly number[] {
    const prefixes = Float64Array.from(this.#serials.keys()).sort();
    const flat: number[] = [];
    for (const prefix of prefixes) {
      const known = this.#serials.get(prefix);
      if (typeof known === 'number') flat.push(prefix, known);
      else for (const serial of known ?? NONE) flat.push(prefix, serial);
    }
    return flat;
  }
}

const NONE: readonly number[] = [];
