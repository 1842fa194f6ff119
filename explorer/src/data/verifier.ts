import type { Report, VerifyOptions } from '@hufu/proof';
import type { FileDigests, Flip, VerifierReply, VerifierRequest } from '../worker/protocol.ts';

export interface HashOptions {
  readonly signal: AbortSignal;
  readonly flip?: Flip;
  readonly onProgress?: (doneBytes: number) => void;
}

interface Waiting {
  readonly onReply: (message: VerifierReply) => void;
  readonly reject: (error: Error) => void;
}

/** The page's side of the verifier: one worker, started when first needed and kept. */
class Verifier {
  /** Resolves when the worker runs, from when on nothing more is loaded; rejects when it cannot start. */
  readonly ready: Promise<void>;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  /** Set once the worker is gone: nothing will answer any more. */
  private failure: Error | undefined = undefined;

  constructor() {
    this.worker = new Worker(new URL('../worker/verifier.worker.ts', import.meta.url), { type: 'module' });
    this.ready = new Promise((resolve, reject) => {
      this.worker.addEventListener('message', ({ data }: MessageEvent<VerifierReply>) => {
        if (data.type === 'ready') resolve();
        else this.waiting.get(data.id)?.onReply(data);
      });
      this.worker.addEventListener('error', (event) => {
        // A script that does not load gives an event without a message.
        this.failure = new Error(event.message ?? 'the worker did not load');
        reject(this.failure);
        for (const { reject: fail } of this.waiting.values()) fail(this.failure);
        this.waiting.clear();
      });
    });
  }

  /** Both digests of a file. Rejects when it cannot be read, with the signal's reason when aborted. */
  hash(file: Blob, { signal, flip, onProgress }: HashOptions): Promise<FileDigests> {
    return new Promise((resolve, reject) => {
      const id: number = this.send(
        (id) => ({ type: 'hash', id, file, ...(flip === undefined ? {} : { flip }) }),
        {
          reject,
          onReply: (message) => {
            if (message.type === 'progress') return onProgress?.(message.doneBytes);
            this.waiting.delete(id);
            if (message.type === 'hashed') return resolve(message.digests);
            reject(new Error(message.type === 'failed' ? message.detail : message.type));
          },
        },
      );
      signal.addEventListener('abort', () => {
        if (!this.waiting.delete(id)) return;
        this.post({ type: 'cancel', id });
        reject(signal.reason);
      });
    });
  }

  /** @hufu/proof's `verify`. */
  verify(bundle: Uint8Array, options: VerifyOptions): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.send((id) => ({ type: 'verify', id, bundle, options }), {
        reject,
        onReply: (message) => {
          if (message.type !== 'verified') return;
          this.waiting.delete(message.id);
          resolve(message.report);
        },
      });
    });
  }

  private send(request: (id: number) => VerifierRequest, waiting: Waiting): number {
    const id = this.nextId++;
    if (this.failure === undefined) {
      this.waiting.set(id, waiting);
      this.post(request(id));
    } else {
      waiting.reject(this.failure);
    }
    return id;
  }

  private post(request: VerifierRequest): void {
    this.worker.postMessage(request);
  }
}

let started: Verifier | undefined;

/** The verifier; the first call starts it. */
export function verifier(): Verifier {
  started ??= new Verifier();
  return started;
}
