import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { type ListedBlock, mergeBlocks, WINDOW_BLOCKS } from '../model/block-window.ts';
import { type StreamState, useLiveBlocks } from './live-blocks.ts';
import { queries } from './queries.ts';

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
