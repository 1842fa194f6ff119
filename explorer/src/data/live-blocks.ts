import { useEffect, useState } from 'react';
import type { ListedBlock } from '../model/block-window.ts';
import { node } from './node.ts';

export type StreamState = 'connecting' | 'live' | 'lost';

const RECONNECT_DELAY_MS = 2_000;
/** A connection that has not failed within this long counts as live although no block came yet. */
const SETTLED_AFTER_MS = 1_000;
/** Under load blocks come faster than a reader reads; the page is redrawn no oftener than this. */
const REDRAW_INTERVAL_MS = 500;

/**
 * Follows the node's stream of blocks for as long as the component is shown and `afterHeight` is known.
 * @param afterHeight the newest block already shown.
 * @param onBlocks receives new blocks in the order of their heights, in bursts.
 */
export function useLiveBlocks(
  afterHeight: number | undefined,
  onBlocks: (blocks: readonly ListedBlock[]) => void,
): StreamState {
  const [state, setState] = useState<StreamState>('connecting');
  const start = afterHeight !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only where the stream starts; it goes on by itself.
  useEffect(() => {
    if (afterHeight === undefined) return undefined;
    const end = new AbortController();
    void follow(afterHeight, end.signal, onBlocks, setState);
    return () => end.abort();
  }, [start]);
  return state;
}

async function follow(
  afterHeight: number,
  signal: AbortSignal,
  onBlocks: (blocks: readonly ListedBlock[]) => void,
  onState: (state: StreamState) => void,
): Promise<void> {
  let height = afterHeight;
  while (!signal.aborted) {
    const burst = new Burst(onBlocks);
    const stream = node.events({ afterHeight: height, signal });
    const settled = window.setTimeout(() => onState('live'), SETTLED_AFTER_MS);
    for (let next = await stream.next(); next.done !== true; next = await stream.next()) {
      onState('live');
      const { height: newHeight, timeMs, logSize, entryCount, headerDigest } = next.value;
      height = newHeight;
      burst.add({ height, timeMs, logSize, entryCount, digests: headerDigest });
    }
    window.clearTimeout(settled);
    burst.flush();
    if (signal.aborted) return;
    onState('lost');
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_DELAY_MS));
  }
}

/** Gathers what arrives within REDRAW_INTERVAL_MS; the first block after a pause is passed on at once. */
class Burst {
  private waiting: ListedBlock[] = [];
  private timer: number | undefined = undefined;
  private readonly onBlocks: (blocks: readonly ListedBlock[]) => void;

  constructor(onBlocks: (blocks: readonly ListedBlock[]) => void) {
    this.onBlocks = onBlocks;
  }

  add(block: ListedBlock): void {
    this.waiting.push(block);
    if (this.timer !== undefined) return;
    this.flush();
    this.timer = window.setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, REDRAW_INTERVAL_MS);
  }

  flush(): void {
    if (this.waiting.length === 0) return;
    const blocks = this.waiting;
    this.waiting = [];
    this.onBlocks(blocks);
  }
}
