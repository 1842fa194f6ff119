import { asValidatorIndex, type Batch, type Blocks } from '@hufu/consensus';
import type { AnyMessage } from '../../src/wire/index.ts';

/** What a liar makes of an answer; undefined: it says nothing. */
export type Lie = (answer: AnyMessage) => AnyMessage | undefined;

function flipped(bytes: Uint8Array, at = bytes.length >> 1): Uint8Array {
  const altered = bytes.slice();
  altered[at] = (altered[at] ?? 0) ^ 1;
  return altered;
}

function ends(change: (answer: Extract<AnyMessage, { kind: 'epochs' }>) => AnyMessage): Lie {
  return (answer) => (answer.kind === 'epochs' && answer.ends.length > 0 ? change(answer) : answer);
}

function snapshots(change: (answer: Extract<AnyMessage, { kind: 'snapshot' }>) => AnyMessage): Lie {
  return (answer) => (answer.kind === 'snapshot' ? change(answer) : answer);
}

function chunks(change: (answer: Extract<AnyMessage, { kind: 'state-chunk' }>) => AnyMessage): Lie {
  return (answer) => (answer.kind === 'state-chunk' ? change(answer) : answer);
}

function runs(change: (answer: Blocks) => AnyMessage): Lie {
  return (answer) => (answer.kind === 'blocks' ? change(answer) : answer);
}

function bodies(change: (answer: Batch) => Batch): Lie {
  return (answer) => (answer.kind === 'batch' ? { kind: 'batch', ...change(answer) } : answer);
}

/** Of how epochs ended, and of the state that one begins with. */
export const LIES_OF_STATE: Readonly<Record<string, Lie>> = {
  'alters a header': ends((a) => ({
    ...a,
    ends: a.ends.map((end) => ({ ...end, headerBytes: flipped(end.headerBytes) })),
  })),
  'alters a signature': ends((a) => ({
    ...a,
    ends: a.ends.map((end) => ({
      ...end,
      finalization: {
        ...end.finalization,
        shares: end.finalization.shares.map((share) => ({
          ...share,
          signatures: share.signatures.map((signature) => flipped(signature)),
        })),
      },
    })),
  })),
  'leaves signers out': ends((a) => ({
    ...a,
    ends: a.ends.map((end) => ({
      ...end,
      finalization: { ...end.finalization, shares: end.finalization.shares.slice(2) },
    })),
  })),
  'repeats a signer': ends((a) => ({
    ...a,
    ends: a.ends.map((end) => ({
      ...end,
      finalization: {
        ...end.finalization,
        shares: end.finalization.shares.map((share) => ({ ...share, signer: asValidatorIndex(0) })),
      },
    })),
  })),
  'leaves a suite out': ends((a) => ({
    ...a,
    ends: a.ends.map((end) => ({
      ...end,
      finalization: {
        ...end.finalization,
        digests: end.finalization.digests.slice(1),
        shares: end.finalization.shares.map((share) => ({ ...share, signatures: share.signatures.slice(1) })),
      },
    })),
  })),
  'names other validators': ends((a) => ({
    ...a,
    ends: a.ends.map((end) => ({ ...end, validatorSet: flipped(end.validatorSet) })),
  })),
  'skips an epoch': ends((a) => ({ ...a, ends: a.ends.slice(1) })),
  'swaps epochs': ends((a) => ({ ...a, ends: a.ends.toReversed() })),
  'says there are more leaves': snapshots((a) => ({ ...a, leafCount: a.leafCount + 1 })),
  'says there are fewer leaves': snapshots((a) => ({ ...a, leafCount: a.leafCount - 1 })),
  'says there are a million leaves': snapshots((a) => ({ ...a, leafCount: 1_000_000 })),
  'alters the edge': snapshots((a) => ({
    ...a,
    edges: a.edges.map((edge) => edge.map((hashes) => flipped(hashes))),
  })),
  'shortens the edge': snapshots((a) => ({ ...a, edges: a.edges.map((edge) => edge.slice(1)) })),
  'gives the edge of one suite': snapshots((a) => ({ ...a, edges: a.edges.slice(1) })),
  'alters a leaf': chunks((a) => ({ ...a, leaves: a.leaves.map((leaf) => flipped(leaf)) })),
  'leaves a leaf out': chunks((a) => ({ ...a, leaves: a.leaves.slice(1) })),
  'swaps leaves': chunks((a) => ({ ...a, leaves: a.leaves.toReversed() })),
  'adds to a path': chunks((a) => ({ ...a, paths: a.paths.map((path) => [...path, new Uint8Array(32)]) })),
  'gives the path of one suite': chunks((a) => ({ ...a, paths: a.paths.slice(1) })),
};

/** Of blocks and their batches. */
export const LIES_OF_HISTORY: Readonly<Record<string, Lie>> = {
  'alters a time': runs((a) => ({
    ...a,
    blocks: a.blocks.map((block) => ({ ...block, timeMs: block.timeMs + 1 })),
  })),
  'leaves a batch out': runs((a) => ({ ...a, blocks: a.blocks.map((block) => ({ ...block, refs: [] })) })),
  'leaves the last block out': runs((a) => ({ ...a, blocks: a.blocks.slice(0, -1) })),
  'leaves a block out': runs((a) => ({ ...a, blocks: a.blocks.filter((_, i) => i !== 1) })),
  'alters a digest': runs((a) => ({
    ...a,
    blocks: a.blocks.map((block) => ({ ...block, digests: block.digests.map((digest) => flipped(digest)) })),
  })),
  'gives another certificate': runs((a) => ({
    ...a,
    finalization: { ...a.finalization, shares: a.finalization.shares.slice(1) },
  })),
  'alters a payload': bodies((a) => ({ ...a, payload: flipped(a.payload) })),
  'alters the signature of a batch': bodies((a) => ({ ...a, signature: flipped(a.signature) })),
  'gives a batch another number': bodies((a) => ({ ...a, seq: a.seq + 1 })),
  'gives a batch another predecessor': bodies((a) => ({ ...a, prev: flipped(a.prev) })),
};
