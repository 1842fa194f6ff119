import { setTimeout as sleep } from 'node:timers/promises';
import { type NodeClient, nodeClient } from '@hufu/api';
import type { Logger } from 'pino';
import { NodeSession, type SessionOptions } from './node-session.ts';
import type { SessionEnd } from './session-end.ts';

export interface AnchorOptions extends Omit<SessionOptions, 'node'> {
  /** In order of preference. */
  readonly nodes: readonly string[];
  readonly logger: Logger;
  readonly onConflict: (serial: number) => Promise<void>;
  readonly onDistrust: (node: string) => void;
}

/** Pauses between sessions grow from the first to the last while none of them settles anything. */
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 5_000;

/**
 * Anchors submissions through one node at a time, and changes to the next when a session with one ends. A node
 * that was caught lying is not used again: the operator has to look at it.
 */
export class Anchor {
  readonly #options: AnchorOptions;
  readonly #nodes: readonly NodeClient[];
  readonly #distrusted = new Set<string>();
  readonly #stop = new AbortController();
  #current: NodeClient | undefined;
  #settledAtMs = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(options: AnchorOptions) {
    this.#options = {
      ...options,
      onFinalized: (finalized) => {
        this.#settledAtMs = performance.now();
        options.onFinalized(finalized);
      },
    };
    this.#nodes = options.nodes.map((url) => nodeClient(url));
  }

  /** The node in use; undefined while there is none. */
  get node(): string | undefined {
    return this.#current?.baseUrl;
  }

  get distrusted(): readonly string[] {
    return [...this.#distrusted];
  }

  start(): void {
    this.#done = this.#run(this.#stop.signal);
  }

  /** Stops sending and settling. What is not final yet is in the database and goes on at the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    this.#options.outbox.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    let position = 0;
    let pauseMs = MIN_PAUSE_MS;
    while (!signal.aborted) {
      const node = this.#nextTrusted(position);
      if (node === undefined) {
        logger.fatal('no node is left that can be trusted: nothing is anchored until an operator acts');
        return;
      }
      position = this.#nodes.indexOf(node);
      const startedAtMs = performance.now();
      this.#current = node;
      const end = await this.#session(node, signal);
      this.#current = undefined;
      if (!(await this.#goesOn(node.baseUrl, end))) return;
      position += 1;
      pauseMs = this.#settledAtMs > startedAtMs ? MIN_PAUSE_MS : Math.min(pauseMs * 2, MAX_PAUSE_MS);
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  /** A failure of our own, such as a full disk, costs nothing but time: what is not final is in the database. */
  async #session(node: NodeClient, signal: AbortSignal): Promise<SessionEnd> {
    try {
      return await new NodeSession({ ...this.#options, node }).run(signal);
    } catch (error) {
      this.#options.logger.error({ err: error, alarm: 'anchoring-failed' }, 'anchoring failed here');
      return { kind: 'unusable', reason: 'failure on this side' };
    }
  }

  /** Draws the consequences of a session's end; false when anchoring is over. */
  async #goesOn(node: string, end: SessionEnd): Promise<boolean> {
    const { logger, onConflict, onDistrust } = this.#options;
    switch (end.kind) {
      case 'stopped':
        return false;
      case 'unusable':
        logger.warn({ node, reason: end.reason }, 'left a node for the next');
        return true;
      case 'lying':
        logger.error(
          { node, reason: end.reason, alarm: 'node-distrusted' },
          'a node does not tell the truth',
        );
        this.#distrusted.add(node);
        onDistrust(node);
        return true;
      case 'conflict':
        logger.fatal(
          { node, serial: end.serial, alarm: 'ledger-conflict' },
          'the ledger has another record under our serial',
        );
        await onConflict(end.serial);
        return false;
    }
  }

  #nextTrusted(from: number): NodeClient | undefined {
    for (let i = 0; i < this.#nodes.length; i++) {
      const node = this.#nodes[(from + i) % this.#nodes.length];
      if (node !== undefined && !this.#distrusted.has(node.baseUrl)) return node;
    }
    return undefined;
  }
}
