import type { BlockDetail } from '@hufu/api';
import { parseGenesis } from '@hufu/proof';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type BlockCheck, checkBlock, isChain, isFinal } from '../model/block-check.ts';
import { useEpochValidators } from './epochs.ts';
import { isCertified, queries } from './queries.ts';

/** Headers are followed this far to a certificate; consensus certifies every block or one soon after. */
const MAX_FOLLOWED_BLOCKS = 32;

/** How far a block is known to be final. */
export type Finality =
  | { readonly status: 'pending' }
  | { readonly status: 'verified'; readonly certifiedBy: BlockCheck }
  | { readonly status: 'failed' }
  /** Something needed cannot be had from the node now. */
  | { readonly status: 'unavailable' }
  /** No certificate yet; asked for again until there is one. */
  | { readonly status: 'uncertified' }
  /** Its certificate is too many blocks ahead to follow from here. */
  | { readonly status: 'too-far' };

export interface BlockVerification {
  readonly check: BlockCheck | undefined;
  /** Why there is no check, once everything needed has been looked at. */
  readonly problem: 'header-unreadable' | 'genesis-unreadable' | 'epoch-unproven' | undefined;
  readonly finality: Finality;
}

/** Checks a block in this browser, following the chain of digests to the certificate that makes it final. */
export function useBlockVerification(block: BlockDetail): BlockVerification {
  const genesis = useQuery(queries.genesis());
  const trusted = useMemo(
    () => (genesis.data === undefined ? undefined : parseGenesis(genesis.data)),
    [genesis.data],
  );
  const { height, epoch } = block.header;
  // The blocks up to the one that certifies it are of the same epoch, whose last block has certificates of its own.
  const inOffice = useEpochValidators(epoch);
  const distance = block.certifiedBy - height;
  const followed = distance > 0 && distance <= MAX_FOLLOWED_BLOCKS ? distance : 0;
  const later = useQueries({
    queries: Array.from({ length: followed }, (_, i) => queries.block(height + 1 + i)),
    combine: (results) => ({
      blocks: results.map(({ data }) => data),
      isError: results.some(({ isError }) => isError),
    }),
  });
  const chain = useMemo(() => {
    if (trusted === undefined || !trusted.ok || inOffice.status !== 'proven') return undefined;
    const blocks = [block, ...later.blocks];
    return blocks.map((one) =>
      one === undefined ? undefined : checkBlock(one, trusted.value, inOffice.validators),
    );
  }, [block, later, trusted, inOffice]);
  const check = chain?.[0];
  const finality = useMemo(() => finalityOf(block, chain, later.blocks), [block, chain, later.blocks]);
  if (trusted !== undefined && !trusted.ok) {
    return { check: undefined, problem: 'genesis-unreadable', finality: { status: 'failed' } };
  }
  if (inOffice.status === 'failed')
    return { check, problem: 'epoch-unproven', finality: { status: 'failed' } };
  if (genesis.isError || later.isError || inOffice.status === 'unavailable') {
    return { check, problem: undefined, finality: { status: 'unavailable' } };
  }
  const unreadable = chain !== undefined && check === undefined;
  return { check, problem: unreadable ? 'header-unreadable' : undefined, finality };
}

function finalityOf(
  block: BlockDetail,
  chain: readonly (BlockCheck | undefined)[] | undefined,
  later: readonly (BlockDetail | undefined)[],
): Finality {
  if (!isCertified(block)) return { status: 'uncertified' };
  if (block.certifiedBy - block.header.height > MAX_FOLLOWED_BLOCKS) return { status: 'too-far' };
  if (chain === undefined || later.includes(undefined)) return { status: 'pending' };
  const checks = chain.filter((check) => check !== undefined);
  const last = checks[checks.length - 1];
  if (last === undefined || checks.length !== chain.length) return { status: 'failed' };
  return isChain(checks) && isFinal(last) ? { status: 'verified', certifiedBy: last } : { status: 'failed' };
}
