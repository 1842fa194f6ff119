import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayClient } from '@hufu/api';

export interface SteadyLoadPlan {
  readonly recordsPerSecond: number;
}

const POSTS_PER_SECOND = 20;
/** Posts under way at most: beyond them the load is slower rather than longer in memory. */
const MAX_POSTS = 40;

/**
 * Applications that post records at a steady rate whatever happens, twenty times a second, each post a batch that
 * is taken as a whole or not at all. A post that fails or is refused is not repeated: its records may or may not exist.
 */
export class SteadyLoad {
  readonly #gateway: GatewayClient;
  readonly #recordsPerPost: number;
  readonly #accepted = new Map<number, string>();
  readonly #posts = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  #acceptedCount = 0;
  #refusedPosts = 0;
  #isStopped = false;

  constructor(gateway: GatewayClient, plan: SteadyLoadPlan) {
    this.#gateway = gateway;
    this.#recordsPerPost = Math.ceil(plan.recordsPerSecond / POSTS_PER_SECOND);
    this.#running = this.#run();
  }

  /** Records answered 202 since the start. */
  get acceptedCount(): number {
    return this.#acceptedCount;
  }

  /** Posts that failed or were refused. */
  get refusedPosts(): number {
    return this.#refusedPosts;
  }

  /** Serial → SHA-256 digest in hex of every record answered 202 that was not taken from here before. */
  takeAccepted(): ReadonlyMap<number, string> {
    const taken = new Map(this.#accepted);
    this.#accepted.clear();
    return taken;
  }

  /** Resolves when every post under way has been answered. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    await Promise.all(this.#posts);
  }

  async #run(): Promise<void> {
    let nextMs = performance.now();
    while (!this.#isStopped) {
      if (this.#posts.size < MAX_POSTS) this.#start();
      // What could not be posted in time is left out, not made up for.
      const nowMs = performance.now();
      nextMs = Math.max(nextMs + 1000 / POSTS_PER_SECOND, nowMs);
      await delay(nextMs - nowMs);
    }
  }

  #start(): void {
    const post = this.#post().finally(() => this.#posts.delete(post));
    this.#posts.add(post);
  }

  async #post(): Promise<void> {
    const body = Array.from({ length: this.#recordsPerPost }, () => {
      return { digests: { sha256: randomBytes(32).toString('hex') } };
    });
    const answer = await this.#gateway.postBatch({ body });
    if (!answer.ok) {
      this.#refusedPosts += 1;
      return;
    }
    for (const { serial, digests } of answer.value.evidence) {
      this.#accepted.set(serial, digests.sha256 ?? '');
      this.#acceptedCount += 1;
    }
  }
}
