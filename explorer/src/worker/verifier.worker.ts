import { verify } from '@hufu/proof';
import { hashFile } from './hash-file.ts';
import type { Flip, VerifierReply, VerifierRequest } from './protocol.ts';

/** Hashing and verification, away from the page's own thread. The page's side is data/verifier.ts. */

const PROGRESS_INTERVAL_MS = 50;
const cancelled = new Set<number>();

function reply(message: VerifierReply): void {
  self.postMessage(message);
}

async function hash(id: number, file: Blob, flip: Flip | undefined): Promise<void> {
  let lastMs = 0;
  const onProgress = (doneBytes: number): void => {
    const nowMs = performance.now();
    if (nowMs - lastMs < PROGRESS_INTERVAL_MS) return;
    lastMs = nowMs;
    reply({ type: 'progress', id, doneBytes });
  };
  try {
    const digests = await hashFile(file, flip, onProgress, () => cancelled.has(id));
    if (digests !== undefined) reply({ type: 'hashed', id, digests });
  } catch (error) {
    reply({ type: 'failed', id, detail: error instanceof Error ? error.message : String(error) });
  } finally {
    cancelled.delete(id);
  }
}

self.addEventListener('message', ({ data }: MessageEvent<VerifierRequest>) => {
  switch (data.type) {
    case 'hash':
      void hash(data.id, data.file, data.flip);
      break;
    case 'verify':
      reply({ type: 'verified', id: data.id, report: verify(data.bundle, data.options) });
      break;
    case 'cancel':
      cancelled.add(data.id);
      break;
  }
});

reply({ type: 'ready' });
