import type { PeerId } from '../p2p/peer-transport.ts';
import type { Envelope } from '../wire/index.ts';

/**
 * What a replica needs of the world. The node gives it the machine's clock and libp2p; a simulation gives it
 * its own, and the replica cannot tell.
 */
export interface Clock {
  /** What timers run on: ms, an integer that never goes back. It starts as this node's clock, ms since 1970. */
  nowMs(): number;
  /** This node's clock, ms since 1970, an integer. Its operator may set it. */
  wallMs(): number;
  /** Calls `callback` once, no earlier than `atMs`; the returned function cancels it. */
  schedule(atMs: number, callback: () => void): () => void;
  /** Calls `callback` after the input that is already waiting has been delivered. */
  soon(callback: () => void): void;
}

/** Authenticated, lossy, ordered message passing. Nothing is promised to arrive. */
export interface Network {
  /** The validators of the epoch, this node among them or not: with them connections are kept from now on. */
  meet(validators: readonly PeerId[]): void;
  /** To those of the peers that are connected. */
  send(to: readonly PeerId[], sent: Envelope): void;
  /** Asks the network to hold back batches and blocks while this node is behind with its own work. */
  pauseBulk(paused: boolean): void;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  nowMs: () => Math.floor(performance.timeOrigin + performance.now()),
  wallMs: () => Date.now(),
  schedule(atMs, callback) {
    const timer = setTimeout(callback, Math.max(0, atMs - systemClock.nowMs()));
    return () => clearTimeout(timer);
  },
  soon: (callback) => {
    setImmediate(callback);
  },
};
