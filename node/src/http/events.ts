import type { ServerResponse } from 'node:http';
import { EVENTS_CONTENT_TYPE, parseUnsigned } from '@hufu/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BlockRecord } from '../store/types.ts';
import { isHistoryIncomplete } from './problems.ts';
import type { NodeService } from './service.ts';
import { blockEvent } from './views.ts';

/** A comment is sent this often, so that both ends notice a dead connection. */
const HEARTBEAT_MS = 10_000;
/** Streams open at once; a further one is refused. */
export const MAX_EVENT_STREAMS = 256;
/** Events of the newest blocks kept for all streams; a reader further behind is served from the store. */
const RECENT_EVENTS = 64;
/** Past blocks read at a time for a reader that is behind. */
const REPLAY_PAGE = 32;

/**
 * The server's open event streams. A stream knows only the height it has sent: a slow reader holds nothing in
 * memory but what its socket buffers.
 */
export class EventStreams {
  readonly #node: NodeService;
  readonly #open = new Set<Stream>();
  /** Events as they are sent, by height. */
  readonly #recent = new Map<number, string>();

  constructor(node: NodeService) {
    this.#node = node;
    node.onBlock((record) => {
      if (this.#open.size === 0) return;
      this.#remember(record);
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
      const { height } = chain.state.tip;
      if (height <= sent) {
        await stream.woken();
        continue;
      }
      if (!this.#recent.has(sent + 1)) await this.#replay(sent, height);
      for (let next = this.#recent.get(sent + 1); next !== undefined; next = this.#recent.get(sent + 1)) {
        await stream.write(next);
        sent += 1;
        if (!stream.isOpen) return;
      }
    }
  }

  /** Reads the blocks after `sent` from the store, at most a page. Rejects when the next one is missing. */
  async #replay(sent: number, height: number): Promise<void> {
    const { chain } = this.#node;
    const { history } = chain;
    const isInPast = history !== null && sent < history.toHeight;
    const last = isInPast ? Math.max(history.state.tip.height, sent + 1) : height;
    const upTo = Math.min(sent + REPLAY_PAGE, last);
    const page = await chain.blocks(upTo + 1, upTo - sent);
    for (const record of page.toReversed()) this.#remember(record);
  }

  #remember(record: BlockRecord): void {
    const { height } = record.block;
    const data = JSON.stringify(blockEvent(this.#node.chain.state.suites, record));
    this.#recent.set(height, `event: block\nid: ${height}\ndata: ${data}\n\n`);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= RECENT_EVENTS) break;
      this.#recent.delete(oldest);
    }
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
    if (this.#response.write(text)) return Promise.resolve();
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
