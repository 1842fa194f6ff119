import type { EarlierFinder, EarlierRecord, Sought } from './earlier.ts';

/** A durable post. */
export interface Recorded {
  readonly firstSerial: number;
  readonly receivedAtMs: number;
  /** For each record, the earliest records with one of its digests. */
  readonly earlier: readonly (readonly EarlierRecord[])[];
}

/** A durable post that is not answered yet. */
export interface Unanswered {
  readonly firstSerial: number;
  readonly receivedAtMs: number;
  readonly sought: readonly Sought[];
  readonly resolve: (recorded: Recorded) => void;
}

/** A post of more records is a long one: to look for all of them may take seconds. */
const MAX_SHORT_RECORDS = 256;

/**
 * Answers durable posts with the earlier equals of their records, beside the transactions of others. The short
 * posts of a transaction are looked for together; long ones one at a time, and no short one waits for them.
 */
export class Answers {
  readonly #earlier: EarlierFinder;
  readonly #onFailure: (error: unknown) => void;
  #short: Promise<void> = Promise.resolve();
  #long: Promise<void> = Promise.resolve();

  constructor(earlier: EarlierFinder, onFailure: (error: unknown) => void) {
    this.#earlier = earlier;
    this.#onFailure = onFailure;
  }

  /** Takes the posts of one transaction. */
  add(posts: readonly Unanswered[]): void {
    const short = posts.filter(isShort);
    if (short.length > 0) this.#short = this.#short.then(() => this.#answer(short));
    for (const post of posts) {
      if (!isShort(post)) this.#long = this.#long.then(() => this.#answer([post]));
    }
  }

  /** Resolves when every post is answered. */
  async settle(): Promise<void> {
    await Promise.all([this.#short, this.#long]);
  }

  async #answer(posts: readonly Unanswered[]): Promise<void> {
    const earlier = await this.#find(posts.flatMap(({ sought }) => sought));
    let at = 0;
    for (const { firstSerial, receivedAtMs, sought, resolve } of posts) {
      resolve({ firstSerial, receivedAtMs, earlier: earlier.slice(at, at + sought.length) });
      at += sought.length;
    }
  }

  /** Who was told of a failure would post again what is durable: without earlier equals the answer still holds. */
  async #find(sought: readonly Sought[]): Promise<readonly (readonly EarlierRecord[])[]> {
    try {
      return await this.#earlier.find(sought);
    } catch (error) {
      this.#onFailure(error);
      return sought.map(() => []);
    }
  }
}

function isShort({ sought }: Unanswered): boolean {
  return sought.length <= MAX_SHORT_RECORDS;
}
