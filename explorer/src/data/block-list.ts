import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { type ListedBlock, type StreamState, useLiveBlocks } from './live-blocks.ts';
import { queries } from './queries.ts';

/** How many blocks the home page holds; the rate is measured over these. */
const WINDOW_BLOCKS = 60;

export interface BlockWindow {
  /** Newest first, at most WINDOW_BLOCKS; undefined until the first answer. */
  readonly blocks: readonly ListedBlock[] | undefined;
  readonly stream: StreamState;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** The newest blocks, kept current by the event stream. */
export function useBlockWindow(): BlockWindow {
  const first = useQuery({ ...queries.blocks(undefined, WINDOW_BLOCKS), staleTime: 0, gcTime: 0 });
  const [arrived, setArrived] = useState<readonly ListedBlock[]>([]);
  const onBlocks = useCallback((blocks: readonly ListedBlock[]) => {
    setArrived((before) => mergeBlocks(blocks.toReversed(), before));
  }, []);
  const page = first.data?.blocks;
  const stream = useLiveBlocks(page === undefined ? undefined : (page[0]?.height ?? 0), onBlocks);
  return {
    blocks: page === undefined ? undefined : mergeBlocks(arrived, page),
    stream,
    error: first.error,
    retry: () => void first.refetch(),
  };
}

/** Both newest first; each height once. Without it a reconnected stream would show a block twice. */
export function mergeBlocks(
  newer: readonly ListedBlock[],
  older: readonly ListedBlock[],
): readonly ListedBlock[] {
  const byHeight = new Map([...older, ...newer].map((block) => [block.height, block]));
  return [...byHeight.values()].sort((a, b) => b.height - a.height).slice(0, WINDOW_BLOCKS);
}
