import type { NodeClient } from '@hufu/api';

/** A block as a node announced it: final and durable there. */
export interface Arrival {
  readonly height: number;
  /** The header's time, which is when its leader proposed it, ms since 1970. */
  readonly proposedAtMs: number;
  /** When it was announced here, ms since 1970. All processes share this machine's clock. */
  readonly finalAtMs: number;
}

/** Listens to a node's announcements until stopped. */
export class BlockArrivals {
  readonly arrivals: Arrival[] = [];
  readonly #end = new AbortController();
  readonly #listening: Promise<void>;

  constructor(node: NodeClient) {
    this.#listening = this.#listen(node);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#listening;
  }

  async #listen(node: NodeClient): Promise<void> {
    for await (const { height, timeMs } of node.events({ signal: this.#end.signal })) {
      this.arrivals.push({ height, proposedAtMs: timeMs, finalAtMs: Date.now() });
    }
  }
}

/** From proposal to finality, ms, of each block. */
export function finalizationMs(arrivals: readonly Arrival[]): number[] {
  return arrivals.map(({ proposedAtMs, finalAtMs }) => finalAtMs - proposedAtMs);
}

/** The longest time between one block's finality and the next one's, ms. */
export function longestGapMs(arrivals: readonly Arrival[]): number {
  return arrivals.slice(1).reduce((longest, { finalAtMs }, index) => {
    return Math.max(longest, finalAtMs - (arrivals[index]?.finalAtMs ?? finalAtMs));
  }, 0);
}
