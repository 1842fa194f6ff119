import { equalBytes } from '@hufu/crypto';
import type {
  Config,
  Effect,
  OriginHead,
  Tip,
  UnsignedProposal,
  UnsignedReproposal,
  UnsignedVote,
} from './interface.ts';
import {
  type Batch,
  type BatchRef,
  type BlockId,
  type BlockInput,
  type BlockPoint,
  blockIdOf,
  type Certificate,
  type Finalization,
  type Finalize,
  type HeaderDigests,
  type Notarization,
  type Notarize,
  type Nullification,
  type Nullify,
  type Proposal,
  type Reproposal,
  type ValidatorIndex,
  type View,
  type Vote,
} from './types.ts';

/** A vote of ours: persisted, then signed. `signed` is null until the host has signed it in this run. */
export interface OwnVote<V extends Vote, U extends UnsignedVote> {
  readonly unsigned: U;
  readonly signed: V | null;
}

export interface OwnVotes {
  readonly notarize: OwnVote<Notarize, Extract<UnsignedVote, { kind: 'notarize' }>> | null;
  readonly nullify: OwnVote<Nullify, Extract<UnsignedVote, { kind: 'nullify' }>> | null;
  readonly finalize: OwnVote<Finalize, Extract<UnsignedVote, { kind: 'finalize' }>> | null;
}

/** What is known of one view above the tip's. */
export interface ViewRecord {
  /** The first proposal that came from the leader: the only one this node may vote for. */
  readonly proposalId: BlockId | null;
  /** That proposal turned out invalid. */
  readonly invalid: boolean;
  /** The leader's reproposal, ours included, when `proposalId` is the epoch's last block proposed again. */
  readonly reproposal: Reproposal | null;
  /** Our own proposal, if we lead this view; persisted before it is signed. */
  readonly ownProposal: UnsignedProposal | UnsignedReproposal | null;
  readonly notarizes: ReadonlyMap<ValidatorIndex, Notarize>;
  readonly nullifies: ReadonlyMap<ValidatorIndex, Nullify>;
  readonly finalizes: ReadonlyMap<ValidatorIndex, Finalize>;
  readonly notarization: Notarization | null;
  readonly notarizedAtMs: number;
  readonly nullification: Nullification | null;
  readonly own: OwnVotes;
  /** Validators whose equivocation in this view was reported. */
  readonly equivocators: ReadonlySet<ValidatorIndex>;
}

/** The current view: how it was entered and what it waits for. */
export interface Entry {
  readonly atMs: number;
  /** Null only for the first view of the epoch. */
  readonly certificate: Certificate | null;
  /** When the view's timers were started; null while it is idle. */
  readonly armedAtMs: number | null;
  /** When its leader's proposal was here; null while it is not. */
  readonly proposedAtMs: number | null;
  /** When we gave up waiting; null while we have not. */
  readonly nullifiedAtMs: number | null;
  /** When own messages of this view are sent again, and how often they were. */
  readonly resendAtMs: number;
  readonly resends: number;
  readonly skewReported: boolean;
}

/** A block above the tip. Its digests are its giver's claim until it is executed. */
export interface Block {
  readonly id: BlockId;
  readonly parentId: BlockId;
  readonly input: BlockInput;
  readonly digests: HeaderDigests;
  /** As signed by the leader; null for a block that came by sync, or while our own is being signed. */
  readonly proposal: Proposal | null;
  /** Who gave it to us; null for our own. */
  readonly from: ValidatorIndex | null;
  readonly receivedAtMs: number;
  /** Its proposal is in the write-ahead log. */
  readonly persisted: boolean;
  readonly status: 'waiting' | 'executing' | 'executed';
  /** Executing it ended the epoch. */
  readonly endsEpoch: boolean;
  /** How far each origin is after this block; null until it is linked to an executed parent. */
  readonly origins: readonly OriginHead[] | null;
}

/** What an execution was asked for. */
export type Execution =
  | { readonly type: 'block'; readonly id: BlockId; readonly input: BlockInput }
  | { readonly type: 'build'; readonly input: BlockInput; readonly origins: readonly OriginHead[] };

/** A batch on its way to the disk, or there. `batch` is dropped when the host has been asked to store it. */
export interface HeldBatch {
  readonly ref: BatchRef;
  readonly prev: Uint8Array;
  readonly status: 'signing' | 'verifying' | 'verified' | 'storing' | 'durable';
  readonly batch: Omit<Batch, 'signature'> | Batch | null;
  readonly from: ValidatorIndex;
  readonly durableAtMs: number;
}

/** Batches of one origin above the tip: the first chain seen, and others that a block references. */
export interface OriginBatches {
  /** Contiguous from the tip's nextSeq, linked by `prev`. */
  readonly chain: readonly HeldBatch[];
  /** By hex digest. Not empty only when the origin signed two batches for one seq, or we lag. */
  readonly forks: ReadonlyMap<string, HeldBatch>;
}

/** What is known of another validator. Everything but `connected` is a hint it gave. */
export interface Peer {
  readonly connected: boolean;
  /** By origin: batches below are durable there. */
  readonly held: readonly number[];
  /** Own batches below were sent there. */
  readonly pushedTo: number;
  /** When own batches sent but not acked are sent again, and how often in a row they were. */
  readonly pushAtMs: number;
  readonly pushTries: number;
  /** It connected and has not said yet what it holds. */
  readonly awaitingAcks: boolean;
  readonly relayAtMs: number;
  readonly statusAnsweredAtMs: number;
  /** Height it showed a finalization for. */
  readonly finalizedHeight: number;
  /** Blocks it gave that were not what they claimed. */
  readonly faults: number;
  /** The current view when a proposal or vote of it last arrived. */
  readonly heardInView: number;
}

/** A question under way. */
export interface Fetch {
  /** Who was asked last. */
  readonly peers: readonly ValidatorIndex[];
  readonly retryAtMs: number;
  readonly tries: number;
  /** How many were asked in all, who was asked twice counted twice. */
  readonly asked: number;
}

/** What the pacemaker has measured. */
export interface Pace {
  /** Latency of recent views, ms, the latest last. */
  readonly samplesMs: readonly number[];
  readonly medianMs: number;
  /** Views since the last final one that were nullified, or given up here. */
  readonly givenUp: number;
}

export interface State {
  readonly config: Config;
  readonly nowMs: number;
  /** The machine's clock against `nowMs`. */
  readonly clockAheadMs: number;
  /** Another host signs with our key: sign nothing more. */
  readonly halted: boolean;

  readonly view: View;
  readonly entry: Entry;
  readonly views: ReadonlyMap<View, ViewRecord>;
  readonly pace: Pace;

  /** The last block given to the host as finalized: the root of `blocks`. */
  readonly tip: Tip;
  /** The highest finalization known: of the tip or of a block above it; null at genesis. */
  readonly finalization: Finalization | null;
  /** Finalizations above the tip whose blocks are not all executed yet, by height. */
  readonly checkpoints: readonly Finalization[];
  readonly appliedHeight: number;
  readonly blocks: ReadonlyMap<BlockId, Block>;
  readonly executions: ReadonlyMap<number, Execution>;
  readonly nextExecution: number;

  readonly origins: readonly OriginBatches[];
  /** By origin: what our last Acks said. */
  readonly acked: readonly number[];
  readonly backpressure: boolean;

  readonly peers: readonly Peer[];
  readonly fetches: ReadonlyMap<string, Fetch>;
  /** Verifications under way and who asked for each. */
  readonly verifying: ReadonlyMap<string, ValidatorIndex>;
  readonly wakeAtMs: number | null;
}

export interface Transition {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** A guarded action of the protocol: null when its guard does not hold. */
export type Rule = (state: State) => Transition | null;

export function stay(state: State): Transition {
  return { state, effects: [] };
}

export function changed(state: State, change: Partial<State>, ...effects: readonly Effect[]): Transition {
  return { state: { ...state, ...change }, effects };
}

/** Applies `next` to the outcome of `first`; effects in order. */
export function andThen(first: Transition, next: (state: State) => Transition): Transition {
  const second = next(first.state);
  if (first.effects.length === 0) return second;
  if (second.effects.length === 0) return { state: second.state, effects: first.effects };
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}

/** Nothing known, nothing cast. */
export const EMPTY_VIEW: ViewRecord = {
  proposalId: null,
  invalid: false,
  reproposal: null,
  ownProposal: null,
  notarizes: new Map(),
  nullifies: new Map(),
  finalizes: new Map(),
  notarization: null,
  notarizedAtMs: 0,
  nullification: null,
  own: { notarize: null, nullify: null, finalize: null },
  equivocators: new Set(),
};

export function viewRecord(state: State, view: View): ViewRecord {
  return state.views.get(view) ?? EMPTY_VIEW;
}

export function withView(state: State, view: View, change: Partial<ViewRecord>): State {
  return { ...state, views: withEntry(state.views, view, { ...viewRecord(state, view), ...change }) };
}

export function withPeer(state: State, peer: ValidatorIndex, change: Partial<Peer>): State {
  const peers = state.peers.map((known, index) => (index === peer ? { ...known, ...change } : known));
  return { ...state, peers };
}

export function withBlock(state: State, block: Block): State {
  return { ...state, blocks: withEntry(state.blocks, block.id, block) };
}

export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

export function withoutEntry<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

/** Whether both name the same block: a certificate of the epoch's last block may be of a later view than the block. */
export function sameBlock(
  a: Pick<BlockPoint, 'height' | 'digests'>,
  b: Pick<BlockPoint, 'height' | 'digests'>,
): boolean {
  return a.height === b.height && sameDigests(a.digests, b.digests);
}

export function samePoint(a: BlockPoint, b: BlockPoint): boolean {
  return a.view === b.view && a.height === b.height && sameDigests(a.digests, b.digests);
}

export function sameDigests(a: HeaderDigests, b: HeaderDigests): boolean {
  return (
    a.length === b.length && a.every((digest, suite) => equalBytes(digest, b[suite] ?? new Uint8Array()))
  );
}

/** The block of a proposal, without what justifies and signs it. */
export function inputOf(proposal: BlockInput & { readonly digests: HeaderDigests }): BlockInput {
  const { view, height, parent, timeMs, refs } = proposal;
  return { view, height, parent, timeMs, refs };
}

/** The digest that names a block. A point without digests is a broken invariant: admission checks peers' points. */
export function firstDigest(digests: HeaderDigests): Uint8Array {
  const [digest] = digests;
  if (digest === undefined) throw new Error('a block has at least one digest');
  return digest;
}

/** Whether this node may sign: it is a validator, no one else uses its key, and the epoch is not over. */
export function mayVote(state: State): boolean {
  return state.config.self !== null && !state.halted && !state.tip.endsEpoch;
}

/** Whether a view's notarization held here names the block: its own view's, or that of a reproposal. */
export function isNotarized(state: State, id: BlockId, view: View): boolean {
  if (namesBlock(viewRecord(state, view), id)) return true;
  for (const [later, record] of state.views) if (later > view && namesBlock(record, id)) return true;
  return false;
}

/** Whether a certificate held here names the proposal's block. */
export function isCertified(state: State, proposal: Proposal): boolean {
  if (isNotarized(state, blockIdOf(firstDigest(proposal.digests)), proposal.view)) return true;
  return state.checkpoints.some((checkpoint) => sameBlock(checkpoint, proposal));
}

function namesBlock({ notarization }: ViewRecord, id: BlockId): boolean {
  return notarization !== null && blockIdOf(notarization.digest) === id;
}

/** What the machine's clock shows: the time of headers. Timers run on `nowMs`. */
export function clockMs(state: State): number {
  return state.nowMs + state.clockAheadMs;
}

/** Height above which a node that is far behind keeps nothing: that comes to it again by catching up. */
export function horizon({ tip, config }: State): number {
  return tip.height + 4 * config.parameters.maxFetchBlocks;
}

/** Whether what is final lies beyond the horizon. */
export function isFarBehind(state: State): boolean {
  return state.finalization !== null && state.finalization.height > horizon(state);
}

/** The highest view known to be final; nothing is voted in it or below. */
export function finalizedView(state: State): View {
  return state.finalization !== null && state.finalization.view > state.tip.view
    ? state.finalization.view
    : state.tip.view;
}
