import type { Connection, Stream, StreamMessageEvent } from '@libp2p/interface';
import { MAX_MESSAGE_BYTES } from '../wire/limits.ts';
import { FrameDecoder } from './frames.ts';
import { SendQueue } from './send-queue.ts';

/** Control carries the protocol's small urgent messages; bulk carries batches and blocks. */
export type TrafficClass = 'control' | 'bulk';
export const TRAFFIC_CLASSES: readonly TrafficClass[] = ['control', 'bulk'];

/** The largest frame, checked before it is buffered. */
export const MAX_FRAME_BYTES = MAX_MESSAGE_BYTES;

/** Outgoing bytes held for one peer and class while its stream is saturated. */
export const MAX_QUEUED_BYTES: Readonly<Record<TrafficClass, number>> = {
  control: 8 * 1024 * 1024,
  bulk: 32 * 1024 * 1024,
};

/** An empty frame is sent when nothing else was for this long, so that silence means a dead connection. */
export const KEEP_ALIVE_MS = 5_000;
/** A connection on which nothing arrived for this long is closed. */
export const SILENCE_LIMIT_MS = 20_000;

const EMPTY = new Uint8Array(0);

export interface LinkHandlers {
  /** One whole frame, in order within its class. False: it is no message of this class, so the connection is closed. */
  onFrame(trafficClass: TrafficClass, frame: Uint8Array): boolean;
  /** Called once, when the connection is gone for whatever reason. */
  onClosed(reason: string): void;
}

/** One authenticated connection to a peer: one stream per traffic class, framed and bounded both ways. */
export class Link {
  readonly #connection: Connection;
  readonly #streams: Readonly<Record<TrafficClass, Stream>>;
  readonly #handlers: LinkHandlers;
  readonly #queues: Readonly<Record<TrafficClass, SendQueue>>;
  readonly #keepAlive: NodeJS.Timeout;
  #lastReceivedMs = performance.now();
  #lastSentMs = performance.now();
  #closed = false;

  constructor(
    connection: Connection,
    streams: Readonly<Record<TrafficClass, Stream>>,
    handlers: LinkHandlers,
  ) {
    this.#connection = connection;
    this.#streams = streams;
    this.#handlers = handlers;
    this.#queues = {
      control: new SendQueue(streams.control, MAX_QUEUED_BYTES.control),
      bulk: new SendQueue(streams.bulk, MAX_QUEUED_BYTES.bulk),
    };
    for (const trafficClass of TRAFFIC_CLASSES) this.#read(trafficClass, streams[trafficClass]);
    connection.addEventListener('close', () => this.close('connection closed'));
    this.#keepAlive = setInterval(() => this.#checkAlive(), KEEP_ALIVE_MS / 2);
    this.#keepAlive.unref();
    if (connection.status !== 'open') queueMicrotask(() => this.close('connection closed'));
  }

  /** Queues a frame; false when it was dropped because the peer is too slow for this class. */
  send(trafficClass: TrafficClass, frame: Uint8Array): boolean {
    this.#lastSentMs = performance.now();
    return this.#queues[trafficClass].enqueue(frame);
  }

  /** Bytes waiting to be written, all classes. */
  get queuedBytes(): number {
    return this.#queues.control.queuedBytes + this.#queues.bulk.queuedBytes;
  }

  /** Stops or resumes reading batches and blocks; control traffic always flows. */
  pauseBulk(paused: boolean): void {
    const stream = this.#streams.bulk;
    if (this.#closed || stream.status !== 'open') return;
    if (paused) stream.pause();
    else stream.resume();
  }

  /** Closes the connection; later calls do nothing. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#keepAlive);
    for (const trafficClass of TRAFFIC_CLASSES) this.#queues[trafficClass].close();
    this.#connection.abort(new Error(reason));
    this.#handlers.onClosed(reason);
  }

  #read(trafficClass: TrafficClass, stream: Stream): void {
    const decoder = new FrameDecoder(MAX_FRAME_BYTES);
    stream.addEventListener('message', (event: StreamMessageEvent) => {
      if (this.#closed) return;
      this.#lastReceivedMs = performance.now();
      const { data } = event;
      for (const chunk of data instanceof Uint8Array ? [data] : data) {
        const result = decoder.push(chunk);
        if (!result.ok) return this.close(`${result.error.code}: ${result.error.sizeBytes} bytes`);
        for (const frame of result.frames) {
          if (!this.#handlers.onFrame(trafficClass, frame)) return this.close('malformed-frame');
          if (this.#closed) return;
        }
      }
    });
    stream.addEventListener('close', () => this.close(`${trafficClass} stream closed`));
    stream.addEventListener('remoteCloseWrite', () => this.close(`${trafficClass} stream ended`));
  }

  #checkAlive(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastReceivedMs > SILENCE_LIMIT_MS) this.close('peer silent');
    else if (nowMs - this.#lastSentMs > KEEP_ALIVE_MS) this.send('control', EMPTY);
  }
}
