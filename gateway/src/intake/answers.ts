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

/** A durable post of which some records may have earlier equals. */
interface Suspected {
  readonly post: Unanswered;
  readonly suspects: readonly Sought[];
}

/** A post with more records that may have equals is a long one: to look for all of them may take seconds. */
const MAX_SHORT_SUSPECTS = 256;

/**
 * Answers durable posts with the earlier equals of their records. Posts of new records, the usual ones, are answered together
 * before the next transaction: streams that are answered one by one go on one by one, and each has a transaction of its
 * own. Equals are looked for beside the transactions of others: for the short posts of a transaction together, for
 * long ones one at a time, and no short one waits for them.
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

  /** Takes the posts of one transaction. Resolves when those of new records are answered; never rejects. */
  async add(posts: readonly Unanswered[]): Promise<void> {
    const all = posts.flatMap(({ sought }) => sought);
    const suspects = new Set(await this.#orNothing(() => this.#earlier.suspects(all), []));
    const short: Suspected[] = [];
    for (const post of posts) {
      const suspected = { post, suspects: post.sought.filter((one) => suspects.has(one)) };
      if (suspected.suspects.length === 0) answer(post, new Map());
      else if (suspected.suspects.length <= MAX_SHORT_SUSPECTS) short.push(suspected);
      else this.#long = this.#long.then(() => this.#answer([suspected]));
    }
    if (short.length > 0) this.#short = this.#short.then(() => this.#answer(short));
  }

  /** Resolves when every post is answered. */
  async settle(): Promise<void> {
    await Promise.all([this.#short, this.#long]);
  }

  async #answer(suspected: readonly Suspected[]): Promise<void> {
    const all = suspected.flatMap(({ suspects }) => suspects);
    const equals = await this.#orNothing(() => this.#earlier.equals(all), new Map());
    for (const { post } of suspected) answer(post, equals);
  }

  /** Who was told of a failure would post again what is durable: without earlier equals the answer still holds. */
  async #orNothing<T>(look: () => Promise<T>, nothing: T): Promise<T> {
    try {
      return await look();
    } catch (error) {
      this.#onFailure(error);
      return nothing;
    }
  }
}

function answer(
  { firstSerial, receivedAtMs, sought, resolve }: Unanswered,
  equals: ReadonlyMap<Sought, readonly EarlierRecord[]>,
): void {
  resolve({ firstSerial, receivedAtMs, earlier: sought.map((one) => equals.get(one) ?? []) });
}
