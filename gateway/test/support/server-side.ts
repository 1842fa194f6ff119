import diagnostics from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Test } from 'tap';

/** The server's end of a request. */
export interface ServerSide {
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** The server's ends of the requests that servers of this process get from now on, in order. */
export function serverSides(t: Test): readonly ServerSide[] {
  const sides: ServerSide[] = [];
  // Node documents the message of this channel, but gives it no type.
  const note = (message: unknown): void => void sides.push(message as ServerSide);
  diagnostics.subscribe('http.server.request.start', note);
  t.teardown(() => diagnostics.unsubscribe('http.server.request.start', note));
  return sides;
}
