/**
 * simplex.qnt once more, as a machine that replays: the same state, the same actions under the same names. Quint
 * explores the model; this follows a run of the simulator for thousands of steps, which Quint's evaluator is too slow
 * for. test/model compares the two, state by state, on traces that Quint drew.
 */

/** A block is its chain: two with one key are one. */
export interface Block {
  readonly key: string;
  /** Null for the genesis block only. */
  readonly parent: Block | null;
  readonly view: number;
  readonly endsEpoch: boolean;
}

export type Kind = 'enter' | 'propose' | 'notarize' | 'nullify' | 'finalize';

/** What an honest validator's log holds; `block` is the genesis block where a kind has none. */
export interface Entry {
  readonly kind: Kind;
  readonly view: number;
  readonly block: Block;
}

export interface Rules {
  readonly n: number;
  readonly byzantine: ReadonlySet<number>;
  readonly quorum: number;
  readonly genesis: Block;
}

/** A step that the model does not allow. */
export class Refusal extends Error {
  constructor(i: number, { kind, view }: Pick<Entry, 'kind' | 'view'>, why: string) {
    super(`validator ${i}, ${kind} in view ${view}: ${why}`);
  }
}

interface Validator {
  log: Entry[];
  durable: number;
}

export class Simplex {
  readonly #rules: Rules;
  readonly #honest: ReadonlyMap<number, Validator>;
  /** By `key` below: who sent it. */
  readonly #sent = new Map<string, Set<number>>();
  /** By kind and view: the blocks that were voted for. */
  readonly #blocks = new Map<string, Map<string, Block>>();

  constructor(rules: Rules) {
    this.#rules = rules;
    const all = Array.from({ length: rules.n }, (_, i) => i);
    const honest = all.filter((i) => !rules.byzantine.has(i));
    this.#honest = new Map(honest.map((i) => [i, { log: [], durable: 0 }]));
  }

  // Actions.

  propose(i: number, view: number, block: Block, atOnce: boolean): void {
    const entry: Entry = { kind: 'propose', view, block };
    this.#inView(i, entry);
    if (view % this.#rules.n !== i) throw new Refusal(i, entry, 'is not the leader');
    if (this.voted(i, 'propose', view)) throw new Refusal(i, entry, 'proposed already');
    if (!this.isJustified(view, block)) throw new Refusal(i, entry, 'the block is not justified');
    this.#write(i, entry, atOnce);
  }

  notarize(i: number, view: number, block: Block, atOnce: boolean): void {
    const entry: Entry = { kind: 'notarize', view, block };
    this.#inView(i, entry);
    if (this.voted(i, 'notarize', view)) throw new Refusal(i, entry, 'voted already');
    if (!this.#isProposed(i, view, block))
      throw new Refusal(i, entry, 'its leader did not propose the block');
    if (!this.isJustified(view, block)) throw new Refusal(i, entry, 'the block is not justified');
    this.#write(i, entry, atOnce);
  }

  nullify(i: number, view: number, atOnce: boolean): void {
    const entry: Entry = { kind: 'nullify', view, block: this.#rules.genesis };
    this.#inView(i, entry);
    if (this.voted(i, 'nullify', view)) throw new Refusal(i, entry, 'voted already');
    if (this.voted(i, 'finalize', view)) throw new Refusal(i, entry, 'finalized the view');
    this.#write(i, entry, atOnce);
  }

  finalize(i: number, view: number, block: Block, atOnce: boolean): void {
    const entry: Entry = { kind: 'finalize', view, block };
    if (view >= this.viewOf(i)) throw new Refusal(i, entry, 'the view has not ended');
    if (!this.isNotarized(view, block)) throw new Refusal(i, entry, 'the block is not notarized');
    if (this.voted(i, 'finalize', view)) throw new Refusal(i, entry, 'voted already');
    if (this.voted(i, 'nullify', view)) throw new Refusal(i, entry, 'nullified the view');
    this.#write(i, entry, atOnce);
  }

  enter(i: number, view: number, atOnce: boolean): void {
    const entry: Entry = { kind: 'enter', view, block: this.#rules.genesis };
    if (view <= this.viewOf(i)) throw new Refusal(i, entry, 'goes back');
    if (!this.#hasCertificate(view - 1)) throw new Refusal(i, entry, 'no certificate ended the view before');
    this.#write(i, entry, atOnce);
  }

  flush(i: number, count: number): void {
    const validator = this.#validator(i);
    const { log, durable } = validator;
    if (count <= durable || count > log.length)
      throw new Error(`validator ${i} has no ${count} records to sync`);
    for (const { kind, view, block } of log.slice(durable, count)) {
      if (kind !== 'enter') this.#send(i, kind, view, block);
    }
    validator.durable = count;
  }

  crash(i: number): void {
    const validator = this.#validator(i);
    validator.log = validator.log.slice(0, validator.durable);
  }

  // What follows from the state.

  log(i: number): readonly Entry[] {
    return this.#validator(i).log;
  }

  durable(i: number): number {
    return this.#validator(i).durable;
  }

  viewOf(i: number): number {
    return this.log(i).findLast(({ kind }) => kind === 'enter')?.view ?? 1;
  }

  voted(i: number, kind: Kind, view: number): boolean {
    return this.log(i).some((entry) => entry.kind === kind && entry.view === view);
  }

  hasSent(i: number, kind: Kind, view: number, block: Block): boolean {
    return this.#sent.get(keyOf(kind, view, block))?.has(i) === true;
  }

  isNotarized(view: number, block: Block): boolean {
    if (view === 0) return block === this.#rules.genesis;
    return this.#isCertified('notarize', view, block);
  }

  isFinalized(view: number, block: Block): boolean {
    return this.#isCertified('finalize', view, block);
  }

  isNullified(view: number): boolean {
    return this.#isCertified('nullify', view, this.#rules.genesis);
  }

  /** Over a notarized parent, every view between nullified. The epoch's last block is its own parent. */
  isJustified(view: number, block: Block): boolean {
    for (let parentView = view - 1; parentView >= 0; parentView--) {
      if (block.endsEpoch && this.isNotarized(parentView, block)) return true;
      const { parent } = block;
      const extended = parent !== null && block.view === view && !parent.endsEpoch;
      if (extended && this.isNotarized(parentView, parent)) return true;
      if (!this.isNullified(parentView)) return false;
    }
    return false;
  }

  /** All messages as `signer kind view block`, in order. */
  sent(): readonly string[] {
    return [...this.#sent].flatMap(([key, signers]) => [...signers].map((i) => `${i} ${key}`)).sort();
  }

  /** A voter has what an honest leader sent, a leader its own before; a Byzantine one proposes everything. */
  #isProposed(i: number, view: number, block: Block): boolean {
    const leader = view % this.#rules.n;
    if (this.#rules.byzantine.has(leader) || this.hasSent(leader, 'propose', view, block)) return true;
    const isOwn = (entry: Entry): boolean =>
      entry.kind === 'propose' && entry.view === view && entry.block === block;
    return leader === i && this.log(i).some(isOwn);
  }

  #hasCertificate(view: number): boolean {
    if (this.isNullified(view)) return true;
    const votedFor = (kind: Kind): readonly Block[] => [
      ...(this.#blocks.get(`${kind} ${view}`)?.values() ?? []),
    ];
    return (
      votedFor('notarize').some((block) => this.isNotarized(view, block)) ||
      votedFor('finalize').some((block) => this.isFinalized(view, block))
    );
  }

  #isCertified(kind: Kind, view: number, block: Block): boolean {
    const honest = this.#sent.get(keyOf(kind, view, block))?.size ?? 0;
    return honest + this.#rules.byzantine.size >= this.#rules.quorum;
  }

  #inView(i: number, entry: Entry): void {
    if (entry.view !== this.viewOf(i)) throw new Refusal(i, entry, `is in view ${this.viewOf(i)}`);
  }

  #write(i: number, entry: Entry, atOnce: boolean): void {
    const { log } = this.#validator(i);
    log.push(entry);
    if (atOnce) this.flush(i, log.length);
  }

  #send(i: number, kind: Kind, view: number, block: Block): void {
    const key = keyOf(kind, view, block);
    const signers = this.#sent.get(key) ?? new Set();
    this.#sent.set(key, signers.add(i));
    const slot = `${kind} ${view}`;
    const blocks = this.#blocks.get(slot) ?? new Map<string, Block>();
    this.#blocks.set(slot, blocks.set(block.key, block));
  }

  #validator(i: number): Validator {
    const validator = this.#honest.get(i);
    if (validator === undefined) throw new Error(`validator ${i} is Byzantine`);
    return validator;
  }
}

function keyOf(kind: Kind, view: number, { key }: Block): string {
  return `${kind} ${view} ${key}`;
}
