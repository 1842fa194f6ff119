import { setTimeout as delay } from 'node:timers/promises';
import type { NodeClient } from '@hufu/api';
import type { HeaderWatch } from './header-watch.ts';

const PAGE = 1000;
const POLL_MS = 100;
/** Of digests that are remembered: enough that two of a hundred million rarely share it. */
const PREFIX_HEX_DIGITS = 13;
/** A set of JavaScript holds 2²⁴ values, and records are more than that. */
const PREFIX_SETS = 64;

/**
 * Checks, as often as asked, that a network kept its promises so far. Every problem it returns is a sentence; an
 * empty list says: every record answered 202 is on the ledger exactly once and under its number, serials are
 * contiguous, all nodes hold the same headers, and no node ever told another.
 */
export class LedgerAudit {
  readonly #nodes: readonly NodeClient[];
  readonly #watch: HeaderWatch;
  /** Serial → digest of records answered 202 that are not yet found on the ledger. */
  readonly #accepted = new Map<number, string>();
  /** Records found on the ledger of which nobody has yet told that they were accepted. */
  readonly #found = new Map<number, string>();
  /** By prefix modulo their number. */
  readonly #prefixes = Array.from({ length: PREFIX_SETS }, () => new Set<number>());
  #height = 0;
  #nextSerial = 0;

  constructor(nodes: readonly NodeClient[], watch: HeaderWatch) {
    this.#nodes = nodes;
    this.#watch = watch;
  }

  /**
   * Waits until all nodes hold all that was accepted, at most `timeoutMs`, then checks what is new since the last
   * time, up to the height that all nodes have. `accepted`: serial → digest of the records answered 202 since then;
   * more may be coming in meanwhile.
   */
  async check(accepted: ReadonlyMap<number, string>, timeoutMs: number): Promise<string[]> {
    for (const [serial, digest] of accepted) this.#accepted.set(serial, digest);
    const reached = await this.#untilAllHold(nextAfter(this.#accepted), timeoutMs);
    if ('late' in reached) return [reached.late, ...this.#watch.forks];
    await this.#watch.reread(this.#height + 1, reached.height);
    const problems = await this.#readEntries(reached.height);
    return [...problems, ...this.#match(), ...this.#watch.forks];
  }

  /** Crosses off what was both accepted and found. */
  #match(): string[] {
    const problems: string[] = [];
    for (const [serial, digest] of this.#accepted) {
      const found = this.#found.get(serial);
      if (found === digest) this.#accepted.delete(serial);
      else if (found !== undefined) problems.push(`record ${serial} is another than was accepted`);
      this.#found.delete(serial);
    }
    const [lost] = this.#accepted.keys();
    if (lost !== undefined) {
      problems.push(`${this.#accepted.size} accepted records are not on the ledger: ${lost}, …`);
    }
    return problems;
  }

  /** The least height of all nodes once each has applied `serials` records; else what was not in time. */
  async #untilAllHold(serials: number, timeoutMs: number): Promise<{ height: number } | { late: string }> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const places = await Promise.all(this.#nodes.map(placeOf));
      if (places.every((place) => place !== undefined && place.nextSerial >= serials)) {
        return { height: Math.min(...places.map((place) => place?.height ?? 0)) };
      }
      if (performance.now() > deadlineMs) {
        const where = places.map((place) => place?.nextSerial ?? 'no answer').join(', ');
        return { late: `not all nodes hold ${serials} records after ${timeoutMs} ms: ${where}` };
      }
      await delay(POLL_MS);
    }
  }

  async #readEntries(toHeight: number): Promise<string[]> {
    const problems: string[] = [];
    for (let height = this.#height + 1; height <= toHeight; height += 1) {
      const entryCount = this.#watch.blocks[height - 1]?.entryCount ?? 0;
      for (let offset = 0; offset < entryCount; offset += PAGE) {
        problems.push(...(await this.#readPage(height, offset)));
      }
    }
    this.#height = toHeight;
    return problems;
  }

  async #readPage(height: number, offset: number): Promise<string[]> {
    const [node] = this.#nodes;
    const page = await node?.blockEntries({ height, offset, limit: PAGE });
    if (!page?.ok) throw new Error(`block ${height}: ${JSON.stringify(page?.error)}`);
    const problems: string[] = [];
    for (const { decoded } of page.value.entries) {
      // Entries of the consortium itself are in the log too.
      if (!('serial' in decoded)) continue;
      const { serial, digests } = decoded;
      const digest = digests.sha256 ?? '';
      if (serial !== this.#nextSerial) problems.push(`serial ${serial} follows ${this.#nextSerial - 1}`);
      this.#nextSerial = serial + 1;
      this.#found.set(serial, digest);
      if (await this.#isRepeated(digest)) problems.push(`record ${serial} is on the ledger before`);
    }
    return problems;
  }

  /** Load makes every digest but once. Equal beginnings are rare, and then a node tells whether it is the same. */
  async #isRepeated(digest: string): Promise<boolean> {
    const prefix = Number.parseInt(digest.slice(0, PREFIX_HEX_DIGITS), 16);
    const known = this.#prefixes[prefix % PREFIX_SETS];
    if (known?.has(prefix) === false) {
      known.add(prefix);
      return false;
    }
    const found = await this.#nodes[0]?.search({ digest });
    return found?.ok !== true || found.value.entries.length > 1;
  }
}

interface Place {
  readonly nextSerial: number;
  /** Read later than the serial, so the record before it is no higher. */
  readonly height: number;
}

/** How far a node is with the records of the one gateway. The log holds other entries too, so its size does not tell. */
async function placeOf(node: NodeClient): Promise<Place | undefined> {
  const gateways = await node.gateways();
  const status = await node.status();
  if (!gateways.ok || !status.ok) return undefined;
  return { nextSerial: gateways.value.gateways[0]?.nextSerial ?? 0, height: status.value.height };
}

/** The next serial after all of these. Posts are answered out of order. */
function nextAfter(accepted: ReadonlyMap<number, string>): number {
  let next = 0;
  for (const serial of accepted.keys()) next = Math.max(next, serial + 1);
  return next;
}
