import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { EVENTS_CONTENT_TYPE, parseUnsigned } from '@hufu/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BlockRecord } from '../store/types.ts';
import type { NodeService } from './service.ts';
import { blockEvent } from './views.ts';

/** A comment is sent this often, so that both ends notice a dead connection. */
const HEARTBEAT_MS = 10_000;
/** Streams open at once; a further one is refused. */
export const MAX_EVENT_STREAMS = 256;
/** Live blocks kept for one reader that is slow; beyond it the stream ends and the reader resumes by id. */
const MAX_WAITING_BLOCKS = 256;
/** Past blocks read at a time for a reader that resumes. */
const REPLAY_PAGE = 32;

/** The server's open event streams. */
export class EventStreams {
  readonly #node: NodeService;
  readonly #open = new Set<() => void>();

  constructor(node: NodeService) {
    this.#node = node;
  }

  get isFull(): boolean {
    return this.#open.size >= MAX_EVENT_STREAMS;
  }

  /**
   * Streams one `block` event for each block after the height in Last-Event-ID (or, without one, from now
   * on), in order and without gaps, until either side ends it.
   */
  async serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const lastSeen = request.headers['last-event-id'];
    const resumeAfter = typeof lastSeen === 'string' ? parseUnsigned(lastSeen) : undefined;
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      ...headersOf(reply),
      'content-type': EVENTS_CONTENT_TYPE,
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(': open\n\n');
    const end = (): void => {
      response.end();
    };
    this.#open.add(end);
    const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS);
    try {
      await this.#stream(response, resumeAfter ?? this.#node.chain.state.tip.height);
    } catch (error) {
      request.log.error({ err: error }, 'event stream failed');
    } finally {
      clearInterval(heartbeat);
      this.#open.delete(end);
      end();
    }
  }

  /** Ends every stream; readers reconnect elsewhere or later. */
  close(): void {
    for (const end of [...this.#open]) end();
  }

  async #stream(response: ServerResponse, afterHeight: number): Promise<void> {
    const { chain } = this.#node;
    const waiting: BlockRecord[] = [];
    let wake = (): void => {};
    let lagging = false;
    const unsubscribe = this.#node.onBlock((record) => {
      if (waiting.length < MAX_WAITING_BLOCKS) waiting.push(record);
      else lagging = true;
      wake();
    });
    response.once('close', () => wake());
    let sent = afterHeight;
    const send = async (record: BlockRecord): Promise<void> => {
      if (record.block.height !== sent + 1 || response.writableEnded || response.destroyed) return;
      sent = record.block.height;
      const data = JSON.stringify(blockEvent(chain.state.suites, record));
      const flushed = response.write(`event: block\nid: ${sent}\ndata: ${data}\n\n`);
      if (!flushed) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    };
    try {
      while (!response.writableEnded && !response.destroyed && !lagging) {
        const next = waiting.shift();
        if (next !== undefined && next.block.height === sent + 1) {
          await send(next);
        } else if (chain.state.tip.height > sent) {
          // Behind what is waiting: read the gap from the store.
          const upTo = Math.min(sent + REPLAY_PAGE, chain.state.tip.height);
          const page = await chain.blocks(upTo + 1, upTo - sent);
          for (const record of page.toReversed()) await send(record);
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (waiting.length > 0 || response.destroyed) resolve();
          });
        }
      }
    } finally {
      unsubscribe();
    }
  }
}

function headersOf(reply: FastifyReply): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) headers[name] = String(value);
  }
  return headers;
}
