import { setTimeout as delay } from 'node:timers/promises';
import type { BlockSummary, NodeClient } from '@hufu/api';

const PAUSE_MS = 250;
const PAGE = 1000;

/** A block as some node first told it. */
export interface SeenBlock {
  readonly height: number;
  readonly entryCount: number;
  /** All digests of the header, joined. */
  readonly digests: string;
  readonly proposer: number;
}

/**
 * Reads the headers of every node all the time, as far as each answers, and remembers the first digests that any
 * of them ever told for a height. Another answer for that height, from any node at any time, is a fork.
 */
export class HeaderWatch {
  readonly #clients: readonly NodeClient[];
  readonly #blocks: SeenBlock[] = [];
  readonly #forks: string[] = [];
  readonly #heights: number[];
  readonly #loops: readonly Promise<void>[];
  #isStopped = false;

  constructor(clients: readonly NodeClient[]) {
    this.#clients = clients;
    this.#heights = clients.map(() => 0);
    this.#loops = clients.map((_, index) => this.#follow(index));
  }

  /** By height from 1, without a gap. */
  get blocks(): readonly SeenBlock[] {
    return this.#blocks;
  }

  /** What contradicted itself or another node; empty is right. */
  get forks(): readonly string[] {
    return this.#forks;
  }

  /** Reads everything from `fromHeight` up to `toHeight` from every node again. Throws when one does not answer. */
  async reread(fromHeight: number, toHeight: number): Promise<void> {
    for (let index = 0; index < this.#clients.length; index += 1) {
      for (let height = fromHeight; height <= toHeight; ) {
        const read = await this.#read(index, height, toHeight);
        if (read === undefined) throw new Error(`${this.#clients[index]?.baseUrl} has no block ${height}`);
        height = read + 1;
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
  }

  async #follow(index: number): Promise<void> {
    while (!this.#isStopped) {
      const status = await this.#clients[index]?.status();
      const next = (this.#heights[index] ?? 0) + 1;
      const read = status?.ok ? await this.#read(index, next, status.value.height) : undefined;
      if (read !== undefined) this.#heights[index] = read;
      await delay(PAUSE_MS);
    }
  }

  /** Reads a page that begins at `fromHeight`; the last height read, undefined when there was none. */
  async #read(index: number, fromHeight: number, toHeight: number): Promise<number | undefined> {
    if (toHeight < fromHeight) return undefined;
    const client = this.#clients[index];
    const last = Math.min(toHeight, fromHeight + PAGE - 1);
    const answer = await client?.blocks({ before: last + 1, limit: last - fromHeight + 1 });
    if (client === undefined || !answer?.ok) return undefined;
    const blocks = answer.value.blocks.filter(({ height }) => height >= fromHeight).reverse();
    for (const block of blocks) this.#take(client.baseUrl, block);
    return blocks.at(-1)?.height;
  }

  #take(source: string, { height, entryCount, digests, proposer }: BlockSummary): void {
    const seen = { height, entryCount, digests: Object.values(digests).join(), proposer };
    const first = this.#blocks[height - 1];
    if (first === undefined) this.#blocks[height - 1] = seen;
    else if (first.digests !== seen.digests) {
      this.#forks.push(`${source} height ${height}: ${seen.digests}, and before ${first.digests}`);
    }
  }
}
