import type { BlockInput, HeaderDigests, Proposal } from '@hufu/consensus';
import { equalDigests } from '@hufu/proof';
import { applyBlock } from '../../src/ledger/index.ts';
import type { Life } from '../node.ts';
import { type Actor, isOfSecondHalf, isOwn, signed } from './actor.ts';

/**
 * Proposes one block to half of the others and another, of a later time and empty, to the rest; and votes for each
 * before its half.
 */
export function proposalEquivocator(): Actor {
  /** What the second half was told, by epoch and view. */
  const others = new Map<string, Proposal>();
  return (life, to, { epoch, message }) => {
    if (!isOfSecondHalf(life, to)) return [message];
    if (message.kind === 'proposal' && isOwn(life, message)) {
      const other = otherThan(life, message);
      const proposal = signed(life, epoch, other);
      if (proposal?.kind !== 'proposal') return [message];
      others.set(`${epoch}/${message.view}`, proposal);
      return [proposal];
    }
    if (message.kind === 'notarize') {
      const other = others.get(`${epoch}/${message.view}`);
      const [digest] = other?.digests ?? [];
      if (other === undefined || digest === undefined) return [message];
      const { view, height } = other;
      const vote = signed(life, epoch, { kind: 'notarize', view, height, digest });
      return vote === undefined ? [message] : [vote, message];
    }
    return [message];
  };
}

/** Correctly executed if the parent is final here, so that it can be voted for; else its digests are made up. */
function otherThan(life: Life, proposal: Proposal): Proposal {
  const { view, height, parent, timeMs } = proposal;
  const input = { view, height, parent, timeMs: timeMs + 1, refs: [] };
  const madeUp = proposal.digests.map((digest) => digest.toReversed());
  return { ...proposal, ...input, digests: executed(life, input) ?? madeUp };
}

function executed({ state }: Life, input: BlockInput): HeaderDigests | undefined {
  if (state === undefined || !equalDigests(state.tip.digests, input.parent.digests)) return undefined;
  const applied = applyBlock(state, { input, batches: [] }, () => false);
  return applied.ok ? applied.value.block.digests : undefined;
}
