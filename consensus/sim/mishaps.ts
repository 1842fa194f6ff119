import { noise } from './prng.ts';

/** One thing that goes wrong at one place, named so that a run can be repeated with it or without it. */
export type Mishap =
  /** The `count`-th message on the link from one node to another is lost, or arrives twice. */
  | { readonly type: 'lose' | 'repeat'; readonly from: number; readonly to: number; readonly count: number }
  /** A node crashes before its `count`-th write or send and starts again `downMs` later. */
  | {
      readonly type: 'crash-at-effect';
      readonly node: number;
      readonly count: number;
      readonly downMs: number;
      readonly torn: Torn;
    };

/** What a crash leaves of the writes that were not synced: none, all, or some, in any order. */
export type Torn = 'lost' | 'kept' | 'mixed';
export const TORN: readonly Torn[] = ['lost', 'kept', 'mixed'];

/** Chances of mishaps on the links, where they are drawn. */
export interface LinkRates {
  readonly lossRate: number;
  readonly duplicateRate: number;
}

/** What each number that follows from the seed is for. */
const LOSS = 1;
const REPETITION = 2;
const CRASH = 3;
const DOWN = 4;
const TEAR = 5;

/** Links are numbered from × MAX_NODES + to. */
const MAX_NODES = 128;
const MAX_COUNT = 2 ** 30;

/** Decides mishaps: those listed, or, without a list, those that the seed gives at the current rates. Keeps what happened. */
export class Mishaps {
  readonly happened: Mishap[] = [];
  readonly #seed: number;
  readonly #onLinks = new Map<number, 'lose' | 'repeat'>();
  readonly #atEffects = new Map<number, Extract<Mishap, { type: 'crash-at-effect' }>>();
  readonly #drawn: boolean;

  constructor(seed: number, listed: readonly Mishap[] | null) {
    this.#seed = seed;
    this.#drawn = listed === null;
    for (const mishap of listed ?? []) {
      if (mishap.type === 'crash-at-effect') this.#atEffects.set(key(mishap.node, mishap.count), mishap);
      else this.#onLinks.set(key(linkOf(mishap.from, mishap.to), mishap.count), mishap.type);
    }
  }

  /** How many copies of a message arrive. */
  copies(from: number, to: number, count: number, rates: LinkRates): 0 | 1 | 2 {
    const type = this.#onLink(linkOf(from, to), count, rates);
    if (type === null) return 1;
    this.happened.push({ type, from, to, count });
    return type === 'lose' ? 0 : 2;
  }

  #onLink(link: number, count: number, { lossRate, duplicateRate }: LinkRates): 'lose' | 'repeat' | null {
    if (!this.#drawn) return this.#onLinks.size === 0 ? null : (this.#onLinks.get(key(link, count)) ?? null);
    if (lossRate > 0 && noise(this.#seed, LOSS, link, count) < lossRate) return 'lose';
    if (duplicateRate > 0 && noise(this.#seed, REPETITION, link, count) < duplicateRate) return 'repeat';
    return null;
  }

  /** The crash before a node's `count`-th effect; null when there is none. */
  crashAtEffect(
    node: number,
    count: number,
    crashRate: number,
  ): { readonly downMs: number; readonly torn: Torn } | null {
    const crash = this.#drawn
      ? this.#drawnCrash(node, count, crashRate)
      : this.#atEffects.size > 0 && this.#atEffects.get(key(node, count));
    if (!crash) return null;
    this.happened.push(crash);
    return crash;
  }

  #drawnCrash(node: number, count: number, crashRate: number) {
    if (crashRate === 0 || noise(this.#seed, CRASH, node, count) >= crashRate) return null;
    const downMs = 20 + Math.floor(800 * noise(this.#seed, DOWN, node, count));
    return { type: 'crash-at-effect', node, count, downMs, torn: this.torn(node, count) } as const;
  }

  /** What a node's `count`-th crash leaves of its writes. */
  torn(node: number, count: number): Torn {
    return TORN[Math.floor(TORN.length * noise(this.#seed, TEAR, node, count))] ?? 'lost';
  }
}

function linkOf(from: number, to: number): number {
  return from * MAX_NODES + to;
}

function key(place: number, count: number): number {
  return place * MAX_COUNT + count;
}
