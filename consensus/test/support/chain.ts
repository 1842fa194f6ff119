import { equalBytes, hash } from '@hufu/crypto';
import type { BatchMessage, Message, StoredBlock } from '../../src/interface.ts';
import {
  asHeight,
  asValidatorIndex,
  asView,
  type BatchRef,
  type BlockPoint,
  blockIdOf,
  type Finalization,
  type Proposal,
} from '../../src/types.ts';
import type { LoneNode } from './lone-node.ts';

/** What others have while a lone node lacks it. */
export interface Chain {
  readonly blocks: readonly Proposal[];
  readonly batches: readonly BatchMessage[];
}

/** A chain of blocks on the genesis, one a view, each justified by the one before it and with one batch of validator 2. */
export function chain(node: LoneNode, length: number): Chain {
  const blocks: Proposal[] = [];
  const batches: BatchMessage[] = [];
  let prev: BatchRef | null = null;
  for (let view = 1; view <= length; view++) {
    const batch: BatchMessage = node.batch(2, view - 1, prev);
    const { origin, seq, digest } = batch;
    const parent = blocks.at(-1);
    const change =
      parent === undefined
        ? {}
        : { parent, timeMs: parent.timeMs + 1, justification: node.notarization([1, 2, 3], parent) };
    blocks.push(node.proposal(view, { ...change, refs: [{ origin, seq, digest }] }));
    batches.push(batch);
    prev = batch;
  }
  return { blocks, batches };
}

export function stored({ view, height, parent, timeMs, refs, digests }: Proposal): StoredBlock {
  return { view, height, parent, timeMs, refs, digests };
}

/** A finalization of the last block by validators 1, 2 and 3. */
export function certified(node: LoneNode, blocks: readonly Proposal[]): Finalization {
  return node.finalization([1, 2, 3], last(blocks));
}

export function last(blocks: readonly Proposal[]): Proposal {
  const block = blocks.at(-1);
  if (block === undefined) throw new RangeError('no blocks');
  return block;
}

/** What an honest peer that has all of `chain`, with `finalization` of its last block, answers; null where it is silent. */
export function honestAnswer(
  { blocks, batches }: Chain,
  finalization: Finalization,
  question: Message,
): Message | null {
  switch (question.kind) {
    case 'fetch-blocks': {
      const from = question.fromHeight;
      return {
        kind: 'blocks',
        blocks: blocks.filter(({ height }) => height >= from).map(stored),
        finalization,
      };
    }
    case 'fetch-batch':
      return batches.find(({ digest }) => equalBytes(digest, question.ref.digest)) ?? null;
    case 'fetch-proposal':
      return (
        blocks.find(({ digests: [digest = new Uint8Array()] }) => blockIdOf(digest) === question.id) ?? null
      );
    default:
      return null;
  }
}

function madeUpDigest(...numbers: readonly number[]): Uint8Array {
  return hash('sha256', Uint8Array.from(numbers));
}

/** The `number`-th reference to a batch that does not exist, of validator 1. */
export function madeUpRef(number: number): BatchRef {
  return { origin: asValidatorIndex(1), seq: 0, digest: madeUpDigest(number >> 8, number & 255) };
}

/** Blocks on the genesis, one a view from `firstView` on, of which nothing is true but the last one's digests. */
export function madeUpBlocks(
  node: LoneNode,
  { height: length, digests: trueDigests }: BlockPoint,
  {
    firstView = 1,
    number = 0,
    refs = [],
  }: { firstView?: number; number?: number; refs?: readonly BatchRef[] },
): readonly StoredBlock[] {
  const blocks: StoredBlock[] = [];
  let { view, height, digests }: BlockPoint = node.genesis;
  for (let index = 0; index < length; index++) {
    const parent = { view, height, digests };
    view = asView(firstView + index);
    height = asHeight(index + 1);
    digests =
      height === length
        ? trueDigests
        : [0, 1].map((suite) => madeUpDigest(height, suite, number >> 8, number & 255));
    const timeMs = node.nowMs + index;
    blocks.push({ view, height, parent, timeMs, refs: index === 0 ? refs : [], digests });
  }
  return blocks;
}
