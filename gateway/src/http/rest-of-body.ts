import type { FastifyReply } from 'fastify';

/** How long a client that was refused may go on sending before its connection is closed. */
const DRAIN_MS = 2_000;

/**
 * Reads and drops what still comes of a refused body, for a short while. A connection closed with bytes unread
 * is reset, and the reset may overtake the answer: the client then sees a broken pipe instead of the problem.
 * Threat: without the bound a refused client could keep sending for ever.
 */
export function drainRest({ raw, request: { raw: body } }: FastifyReply): void {
  raw.once('finish', () => {
    if (body.complete || body.destroyed) return;
    const timer = setTimeout(() => body.socket.destroy(), DRAIN_MS);
    const stop = (): void => clearTimeout(timer);
    body.once('end', stop).once('close', stop).once('error', stop);
    // A parser that was left waits for a reader it no longer has.
    body.unpipe();
    body.resume();
  });
}
