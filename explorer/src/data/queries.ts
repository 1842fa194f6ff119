import type { BlockDetail } from '@hufu/api';
import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { answerOf, isBeingFetched, isTransient, LookupError, node } from './node.ts';

const RETRIES = 2;
/** A page that shows that the past is being fetched looks again, and one that shows where the node stands does too. */
const POLL_MS = 5_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) =>
        failures < RETRIES &&
        error instanceof LookupError &&
        isTransient(error.reason) &&
        !isBeingFetched(error),
      refetchInterval: ({ state }) => (isBeingFetched(state.error) ? POLL_MS : false),
      refetchOnWindowFocus: false,
      // `navigator.onLine` says nothing about reaching a node on this machine, nor about verifying in this page.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

const UNCERTIFIED_POLL_MS = 2_000;

/** Whether a certificate proves the block, its own or a later block's; true of what is not known to exist. */
export function isCertified(block: BlockDetail | undefined): boolean {
  return block === undefined || block.certificates.length > 0 || block.certifiedBy > block.header.height;
}

/** What is final never changes, so an answer about it is good until the page is closed. */
const FINAL = { staleTime: Number.POSITIVE_INFINITY } as const;

export const queries = {
  status: () =>
    queryOptions({
      queryKey: ['status'],
      queryFn: ({ signal }) => answerOf(node.status({}, { signal })),
      refetchInterval: POLL_MS,
    }),
  genesis: () =>
    queryOptions({
      queryKey: ['genesis'],
      queryFn: ({ signal }) => answerOf(node.genesis({}, { signal })),
      ...FINAL,
    }),
  /** `epoch` is the one that the node says it is in: in another one there may be others. */
  validators: (epoch: number | undefined) =>
    queryOptions({
      queryKey: ['validators', epoch],
      queryFn: ({ signal }) => answerOf(node.validators({}, { signal })),
      placeholderData: keepPreviousData,
    }),
  registry: () =>
    queryOptions({
      queryKey: ['registry'],
      queryFn: ({ signal }) => answerOf(node.registry({}, { signal })),
    }),
  epoch: (epoch: number) =>
    queryOptions({
      queryKey: ['epoch', epoch],
      queryFn: ({ signal }) => answerOf(node.epoch({ epoch }, { signal })),
      // Only an epoch that ended is asked for to prove the next one; the running one has no end yet.
      staleTime: ({ state }) => (state.data?.end == null ? 0 : Number.POSITIVE_INFINITY),
    }),
  gateways: () =>
    queryOptions({
      queryKey: ['gateways'],
      queryFn: ({ signal }) => answerOf(node.gateways({}, { signal })),
    }),
  blocks: (before: number | undefined, limit: number) =>
    queryOptions({
      queryKey: ['blocks', before, limit],
      queryFn: ({ signal }) =>
        answerOf(node.blocks({ limit, ...(before === undefined ? {} : { before }) }, { signal })),
    }),
  block: (height: number) =>
    queryOptions({
      queryKey: ['block', height],
      queryFn: ({ signal }) => answerOf(node.block({ height }, { signal })),
      // A block that a node has just finalized may get its certificate, or a later block's, a moment afterwards.
      staleTime: ({ state }) => (isCertified(state.data) ? Number.POSITIVE_INFINITY : 0),
      refetchInterval: ({ state }) => {
        if (isBeingFetched(state.error)) return POLL_MS;
        return isCertified(state.data) ? false : UNCERTIFIED_POLL_MS;
      },
    }),
  blockEntries: (height: number, offset: number, limit: number) =>
    queryOptions({
      queryKey: ['block-entries', height, offset, limit],
      queryFn: ({ signal }) => answerOf(node.blockEntries({ height, offset, limit }, { signal })),
      placeholderData: keepPreviousData,
      ...FINAL,
    }),
  entry: (index: number) =>
    queryOptions({
      queryKey: ['entry', index],
      queryFn: ({ signal }) => answerOf(node.entry({ index }, { signal })),
      ...FINAL,
    }),
  gatewayEntry: (gateway: number, serial: number) =>
    queryOptions({
      queryKey: ['gateway-entry', gateway, serial],
      queryFn: ({ signal }) => answerOf(node.gatewayEntry({ gateway, serial }, { signal })),
      ...FINAL,
    }),
  search: (digest: string) =>
    queryOptions({
      queryKey: ['search', digest],
      queryFn: ({ signal }) => answerOf(node.search({ digest }, { signal })),
    }),
  bundle: (index: number) =>
    queryOptions({
      queryKey: ['bundle', index],
      queryFn: ({ signal }) => answerOf(node.bundle({ index }, { signal })),
      ...FINAL,
    }),
} as const;
