import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How often connections are looked at that have become idle. */
const LOOK_MS = 100;

/** Closes a server, with time for the answers under way. Made before the server listens. */
export class Closing {
  readonly #app: FastifyInstance;
  readonly #sockets = new Set<Socket>();

  constructor(app: FastifyInstance) {
    this.#app = app;
    app.server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /**
   * Refuses new connections and resolves when all are closed: each as soon as it is idle, every other after the
   * timeout. A connection whose answer began before and promised to keep it alive becomes idle only when that ends.
   */
  async within(timeoutMs: number, lookMs = LOOK_MS): Promise<void> {
    const { server } = this.#app;
    const timeout = setTimeout(() => server.closeAllConnections(), timeoutMs);
    const looking = setInterval(() => {
      // Node takes a connection for idle whose answer is complete, but not sent, and would cut it.
      if (!this.#isSending()) server.closeIdleConnections();
    }, lookMs);
    try {
      await this.#app.close();
    } finally {
      clearTimeout(timeout);
      clearInterval(looking);
    }
  }

  #isSending(): boolean {
    for (const { writableLength } of this.#sockets) if (writableLength > 0) return true;
    return false;
  }
}
