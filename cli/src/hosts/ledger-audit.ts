import { setTimeout as delay } from 'node:timers/promises';
import type { NodeClient } from '@hufu/api';
import type { HeaderWatch } from './header-watch.ts';

const PAGE = 1000;
const POLL_MS = 100;
/** Of digests that are remembered: enough that two of a hundred million rarely share it. */
const PREFIX_HEX_DIGITS = 13;

/**
 * Checks, as often as asked, that a network kept its promises so far. Every problem it returns is a sentence; an
 * empty list says: every record answered 202 is on the ledger exactly once and under its number, serials are
 * contiguous, all nodes hold the same headers, and no node ever told another.
 */
export class LedgerAudit {
  readonly #nodes: readonly NodeClient[];
  readonly #watch: HeaderWatch;
  /** Records answered 202 that are not yet found on the ledger. */
  readonly #accepted = new Map<number, string>();
  readonly #prefixes = new Set<number>();
  #height = 0;
  #nextSerial = 0;

  constructor(nodes: readonly NodeClient[], watch: HeaderWatch) {
    this.#nodes = nodes;
    this.#watch = watch;
  }

  /** Entries on the ledger up to where it was last checked. */
  get logSize(): number {
    return this.#nextSerial;
  }

  /**
   * Waits until all nodes hold all that was accepted, at most `timeoutMs`, then checks what is new since the last
   * time. `accepted`: serial → digest of the records answered 202 since then.
   */
  async check(accepted: ReadonlyMap<number, string>, timeoutMs: number): Promise<string[]> {
    for (const [serial, digest] of accepted) this.#accepted.set(serial, digest);
    const late = await this.#untilEqual(sizeNeededBy(this.#accepted), timeoutMs);
    if (late !== undefined) return [late, ...this.#watch.forks];
    const status = await this.#nodes[0]?.status();
    const height = status?.ok ? status.value.height : 0;
    await this.#watch.reread(this.#height + 1, height);
    const problems = await this.#readEntries(height);
    for (const serial of this.#accepted.keys()) {
      if (serial < this.#nextSerial) problems.push(`record ${serial} was accepted and is not on the ledger`);
    }
    return [...problems, ...this.#watch.forks];
  }

  /** Undefined when every node holds `logSize` entries and all are equally high; else what was not in time. */
  async #untilEqual(logSize: number, timeoutMs: number): Promise<string | undefined> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const answers = await Promise.all(this.#nodes.map((node) => node.status()));
      const places = answers.map((answer) => (answer.ok ? answer.value : undefined));
      const heights = new Set(places.map((place) => place?.height));
      if (heights.size === 1 && places.every((place) => place !== undefined && place.logSize >= logSize)) {
        return undefined;
      }
      if (performance.now() > deadlineMs) {
        const where = places.map((place) => (place ? `${place.height}/${place.logSize}` : 'no answer'));
        return `not all nodes hold ${logSize} records after ${timeoutMs} ms; height/size: ${where.join(', ')}`;
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
      const promised = this.#accepted.get(serial);
      if (promised === digest) this.#accepted.delete(serial);
      else if (promised !== undefined) problems.push(`record ${serial} is another than was accepted`);
      if (await this.#isRepeated(digest)) problems.push(`record ${serial} is on the ledger before`);
    }
    return problems;
  }

  /** Load makes every digest but once. Equal beginnings are rare, and then a node tells whether it is the same. */
  async #isRepeated(digest: string): Promise<boolean> {
    const prefix = Number.parseInt(digest.slice(0, PREFIX_HEX_DIGITS), 16);
    if (!this.#prefixes.has(prefix)) {
      this.#prefixes.add(prefix);
      return false;
    }
    const found = await this.#nodes[0]?.search({ digest });
    return found?.ok !== true || found.value.entries.length > 1;
  }
}

/** The size of a log that holds all of these serials. Posts are answered out of order. */
function sizeNeededBy(accepted: ReadonlyMap<number, string>): number {
  let size = 0;
  for (const serial of accepted.keys()) size = Math.max(size, serial + 1);
  return size;
}
