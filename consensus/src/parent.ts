import { assertNever, equalBytes } from '@hufu/crypto';
import type { Tip } from './interface.ts';
import { type Block, finalizedView, firstDigest, type State, viewRecord } from './state.ts';
import {
  asView,
  blockIdOf,
  type Finalization,
  type Notarization,
  type Nullification,
  type View,
} from './types.ts';

/**
 * What the leader of the current view would extend: the highest notarized (or finalized) block such that every
 * view between is nullified.
 *
 * - `ready`: it is executed here; `certificate` proves it (null: the epoch's genesis)
 * - `unexecuted`: it is known to be certified, but not executed here yet
 * - `gap`: `view` has ended, but by no certificate known here
 */
export type ParentChoice =
  | {
      readonly type: 'ready';
      readonly parent: Tip;
      readonly certificate: Notarization | Finalization | null;
    }
  | { readonly type: 'unexecuted'; readonly view: View }
  | { readonly type: 'gap'; readonly view: View };

export function parentChoice(state: State): ParentChoice {
  const floor = finalizedView(state);
  // Over: no view has a leader any more.
  if (state.tip.endsEpoch) return { type: 'ready', parent: state.tip, certificate: state.finalization };
  for (let view = state.view - 1; view > floor; view--) {
    const { notarization, nullification } = viewRecord(state, asView(view));
    if (notarization !== null) return certified(state, notarization, notarization.digest);
    if (nullification === null) return { type: 'gap', view: asView(view) };
  }
  if (floor === state.tip.view) return { type: 'ready', parent: state.tip, certificate: state.finalization };
  const { finalization } = state;
  if (finalization === null) throw new Error('a view above the tip is final only by a finalization');
  return certified(state, finalization, firstDigest(finalization.digests));
}

function certified(state: State, certificate: Notarization | Finalization, digest: Uint8Array): ParentChoice {
  const parent = tipOf(state.blocks.get(blockIdOf(digest)));
  return parent === null
    ? { type: 'unexecuted', view: certificate.view }
    : { type: 'ready', parent, certificate };
}

/**
 * The nullifications that a proposal carries for the views after `certified`, in order: of the last MAX_NULLIFICATIONS. Only for
 * the view of a certificate chosen by `parentChoice`, which has seen that none is missing.
 */
export function nullificationsAbove(state: State, certified: View): readonly Nullification[] {
  const nullifications: Nullification[] = [];
  for (let view = firstShownView(certified, state.view); view < state.view; view++) {
    const { nullification } = viewRecord(state, asView(view));
    if (nullification === null) throw new Error('a view was skipped without a nullification');
    nullifications.push(nullification);
  }
  return nullifications;
}

/**
 * Nullifications in a proposal at most. After a longer run of views that came to nothing the older ones are known to whom was
 * there, and who was not asks for them: a message and a record of the log stay small however long the run.
 */
const MAX_NULLIFICATIONS = 64;

/** The first view between `certified` and `view` whose nullification a proposal in `view` carries. */
export function firstShownView(certified: number, view: number): number {
  return Math.max(certified + 1, view - MAX_NULLIFICATIONS);
}

/** An executed block as the end of a chain; null when it is not executed. */
export function tipOf(block: Block | undefined): Tip | null {
  if (block === undefined || block.status !== 'executed' || block.origins === null) return null;
  const { view, height, timeMs } = block.input;
  const { digests, endsEpoch, origins } = block;
  return { view, height, digests, timeMs, endsEpoch, origins };
}

/** How many durable batches of `origin` continue the chain that ends in `parent`. */
export function countReferable(state: State, parent: Tip, origin: number): number {
  const head = parent.origins[origin];
  const base = state.tip.origins[origin];
  const chain = state.origins[origin]?.chain;
  if (head === undefined || base === undefined || chain === undefined) return 0;
  const from = head.nextSeq - base.nextSeq;
  const next = chain[from];
  // The origin signed two chains and the block references the other one.
  if (next === undefined || !equalBytes(next.prev, head.lastDigest)) return 0;
  let count = 0;
  while (chain[from + count]?.status === 'durable') count++;
  return count;
}

/** Something that is not final yet, although its block is notarized. */
export interface UnfinalizedWork {
  /** When the newest notarized block was notarized, ms. */
  readonly sinceMs: number;
  /** Blocks without batches at the chain's end, proposed only to make it final; 0 when it is not executed here. */
  readonly bareBlocks: number;
}

/** The newest notarized block, if it or an unfinalized ancestor holds batches or ends the epoch; null when there is none. */
export function unfinalizedWork(state: State, choice: ParentChoice): UnfinalizedWork | null {
  switch (choice.type) {
    case 'gap':
      return null;
    case 'unexecuted':
      return choice.view > finalizedView(state) ? workSince(state, choice.view, 0) : null;
    case 'ready': {
      const bareBlocks = bareBlocksAbove(state, choice.parent);
      return bareBlocks === null ? null : workSince(state, certifiedView(choice), bareBlocks);
    }
    default:
      return assertNever(choice);
  }
}

function workSince(state: State, view: View, bareBlocks: number): UnfinalizedWork | null {
  const sinceMs = viewRecord(state, view).notarizedAtMs;
  return sinceMs === null ? null : { sinceMs, bareBlocks };
}

/** The view in which the parent was certified: its own, or that of a reproposal. */
export function certifiedView({ parent, certificate }: Extract<ParentChoice, { type: 'ready' }>): View {
  return certificate?.view ?? parent.view;
}

/** How many blocks without batches follow the last unfinalized one that has some, or ends the epoch; null without such. */
function bareBlocksAbove(state: State, parent: Tip): number | null {
  const floor = finalizedView(state);
  let block = state.blocks.get(blockIdOf(firstDigest(parent.digests)));
  for (let bare = 0; block !== undefined && block.input.view > floor; bare++) {
    // What waits behind the epoch's last block waits for the next epoch.
    if (block.endsEpoch || block.input.refs.length > 0) return bare;
    block = state.blocks.get(block.parentId);
  }
  return null;
}
