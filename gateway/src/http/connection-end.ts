import type { Socket } from 'node:net';

const watches = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `onEnd` once when the connection closes; what it returns takes the call back. A socket has one listener,
 * however many requests are pipelined on it: removing one of many listeners costs a walk over all of them.
 */
export function watchEnd(socket: Socket, onEnd: () => void): () => void {
  const watch = (): void => onEnd();
  if (socket.destroyed) {
    watch();
    return () => undefined;
  }
  const own = watches.get(socket) ?? watched(socket);
  own.add(watch);
  return () => void own.delete(watch);
}

function watched(socket: Socket): Set<() => void> {
  const own = new Set<() => void>();
  watches.set(socket, own);
  socket.once('close', () => {
    for (const watch of own) watch();
    own.clear();
  });
  return own;
}
