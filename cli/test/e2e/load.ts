import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayClient } from '@hufu/api';
import { eventually } from './eventually.ts';

/**
 * At most 400 records a second: submissions, batches and blocks are always in flight, and a small machine that
 * runs all the processes has time left for the one that catches up.
 */
const CLIENTS = 8;
const PAUSE_MS = 20;

/** Applications that post single records, whatever happens to the gateway, until stopped. */
export interface Load {
  /** What was answered 202 so far: evidence number → SHA-256 digest, hex. */
  readonly accepted: ReadonlyMap<string, string>;
  /** Waits until `count` more records have been answered 202. */
  more(count: number): Promise<void>;
  /** Ends the load and returns every record that was answered 202. */
  stop(): Promise<ReadonlyMap<string, string>>;
}

/** Starts the load. A post that fails or is refused is not repeated: its record may or may not exist. */
export function startLoad(gateway: GatewayClient): Load {
  const accepted = new Map<string, string>();
  let isStopped = false;
  const client = async (): Promise<void> => {
    while (!isStopped) {
      const sha256 = randomBytes(32).toString('hex');
      const posted = await gateway.postEvidence({ digests: { sha256 } });
      if (posted.ok && posted.value.state === 'received') accepted.set(posted.value.receipt.id, sha256);
      await delay(PAUSE_MS);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  return {
    accepted,
    more: async (count) => {
      const goal = accepted.size + count;
      await eventually(`${count} more records accepted`, () => (accepted.size >= goal ? true : undefined));
    },
    stop: async () => {
      isStopped = true;
      await Promise.all(clients);
      return accepted;
    },
  };
}
