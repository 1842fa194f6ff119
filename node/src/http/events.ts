import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { EVENTS_CONTENT_TYPE, parseUnsigned } from '@hufu/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BlockRecord } from '../store/types.ts';
import { isHistoryIncomplete } from './problems.ts';
import { RecentEvents } from './recent-events.ts';
import type { NodeService } from './service.ts';
import { blockEvent } from './views.ts';

/** A comment is sent this often, so that both ends notice a dead connection. */
const HEARTBEAT_MS = 10_000;
/**
 * Streams open at once; a further one is refused. Not limited by address: behind a reverse proxy, where a node's HTTP
 * port belongs, all readers have one.
 */
export const MAX_EVENT_STREAMS = 256;
/** Events of the newest blocks kept for all streams; a reader further behind is served from the store. */
const MAX_RECENT_BYTES = 4 * 1024 * 1024;

/** What the streams need of a node. */
export interface BlockSource {
  readonly chain: Pick<NodeService['chain'], 'state' | 'block'>;
  readonly onBlock: NodeService['onBlock'];
}

/**
 * The server's open event streams. A stream knows only the height it has sent: a slow reader holds nothing in
 * memory but what its socket buffers, and one block.
 */
export class EventStreams {
  readonly #node: BlockSource;
  readonly #open = new Set<Stream>();
  /** Only of blocks that came while somebody listened: what a reader far behind reads is of no use to others. */
  readonly #recent = new RecentEvents(MAX_RECENT_BYTES);

  constructor(node: BlockSource) {
    this.#node = node;
    node.onBlock((record) => {
      if (this.#open.size === 0) return;
      this.#recent.add(record.block.height, this.#eventOf(record));
      for (const stream of this.#open) stream.wake();
    });
  }

  get isFull(): boolean {
    return this.#open.size >= MAX_EVENT_STREAMS;
  }

  /**
   * Streams one `block` event for each block after the height in Last-Event-ID, in order and without gaps, until
   * either side ends it; from now on without one, and with one above the tip, where no event was ever sent. Rejects
   * with `history-incomplete` where the next block is missing; a stream that comes to such a block ends, and whoever
   * resumes it is answered so.
   */
  async serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const lastSeen = request.headers['last-event-id'];
    const resumeAfter = typeof lastSeen === 'string' ? parseUnsigned(lastSeen) : undefined;
    const { height } = this.#node.chain.state.tip;
    const afterHeight = Math.min(resumeAfter ?? height, height);
    if (afterHeight < height) await this.#node.chain.block(afterHeight + 1);
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      ...headersOf(reply),
      'content-type': EVENTS_CONTENT_TYPE,
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(': open\n\n');
    const stream = new Stream(response);
    this.#open.add(stream);
    const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS);
    try {
      await this.#follow(stream, afterHeight);
    } catch (error) {
      if (isHistoryIncomplete(error)) request.log.info('event stream ends where the past is missing');
      else request.log.error({ err: error }, 'event stream failed');
    } finally {
      clearInterval(heartbeat);
      this.#open.delete(stream);
      response.end();
    }
  }

  /** Ends every stream; readers reconnect elsewhere or later. */
  close(): void {
    for (const stream of this.#open) stream.end();
  }

  async #follow(stream: Stream, afterHeight: number): Promise<void> {
    const { chain } = this.#node;
    let sent = afterHeight;
    while (stream.isOpen) {
      if (chain.state.tip.height <= sent) {
        await stream.woken();
        continue;
      }
      await stream.write(this.#recent.get(sent + 1) ?? (await this.#pastEvent(sent + 1)));
      sent += 1;
    }
  }

  /** Rejects when the block is missing. */
  async #pastEvent(height: number): Promise<string> {
    const record = await this.#node.chain.block(height);
    if (record === undefined) throw new Error(`no block ${height} below the tip`);
    // Threat: the store answers at once and a socket may take all, so one reader of a long chain would let nothing else run.
    await turn();
    return this.#eventOf(record);
  }

  #eventOf(record: BlockRecord): string {
    const data = JSON.stringify(blockEvent(this.#node.chain.state.suites, record));
    return `event: block\nid: ${record.block.height}\ndata: ${data}\n\n`;
  }
}

/** One reader's response. */
class Stream {
  readonly #response: ServerResponse;
  #wake = (): void => {};

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once('close', () => this.wake());
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  /** Something happened that the reader may have to hear of. */
  wake(): void {
    this.#wake();
  }

  /** Resolves at the next `wake`. */
  woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (!this.isOpen) resolve();
    });
  }

  /** Resolves when the reader takes more, or is gone. */
  write(text: string): Promise<void> {
    if (!this.isOpen || this.#response.write(text)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#response.off('drain', done).off('close', done);
        resolve();
      };
      this.#response.once('drain', done).once('close', done);
    });
  }

  end(): void {
    this.#response.end();
    this.wake();
  }
}

function headersOf(reply: FastifyReply): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) headers[name] = String(value);
  }
  return headers;
}
