import { batchKey, heldBatch } from './batches.ts';
import type { Effect, Message } from './interface.ts';
import { linkage } from './linkage.ts';
import { deltaMs, hedgeDelayMs, patientDelayMs } from './pacemaker.ts';
import { parentChoice } from './parent.ts';
import { MAX_CERTIFICATES_ANSWER } from './repair.ts';
import {
  type Block,
  type Fetch,
  finalizedView,
  firstDigest,
  isFarBehind,
  isNotarized,
  type Rule,
  type State,
  viewRecord,
} from './state.ts';
import { asValidatorIndex, asView, type BatchRef, blockIdOf, type ValidatorIndex } from './types.ts';

/** Questions under way at once, by kind. */
const MAX_BATCH_FETCHES = 48;
const MIN_BATCH_FETCHES = 16;
const MAX_PROPOSAL_FETCHES = 8;
/** What the answers to all questions for batches may hold together, while that allows more than the least. */
const MAX_FETCHED_BYTES = 48 * 1024 * 1024;

/** Something this node lacks: the question, and whom to ask of those connected, the likeliest first. */
interface Want {
  readonly key: string;
  readonly request: Message;
  readonly candidates: () => readonly ValidatorIndex[];
  readonly notBeforeMs: number;
  /** How long an answer may take before the next one is asked, ms. */
  readonly delayMs: (state: State, tries: number) => number;
}

/** What all were asked for, but at least so many times in a row, was asked for in vain. */
const MIN_VAIN_TRIES = 5;

/**
 * Asks for what is missing: one peer for each thing, and others when it does not answer in time.
 * What is wanted follows from the state alone, so that nothing lost in transit is lost for good.
 */
export const fetch: Rule = (state) => {
  const wants = wanted(state);
  if (wants.length === 0 && state.fetches.size === 0) return null;
  const effects: Effect[] = [];
  const fetches = new Map<string, Fetch>();
  const isAlone = connected(state).length === 0;
  for (const want of wants) {
    const known = state.fetches.get(want.key);
    if (known !== undefined && (known.retryAtMs > state.nowMs || isAlone)) {
      fetches.set(want.key, known);
      continue;
    }
    if (isAlone || want.notBeforeMs > state.nowMs) continue;
    const { tries, asked } = known ?? { tries: 0, asked: 0 };
    const peers = nextAsked(want.candidates(), asked);
    if (peers.length === 0) continue;
    effects.push(...peers.map((to): Effect => ({ type: 'send', to, message: want.request })));
    if (known === undefined) effects.push(...reported(want.request, state));
    const retryAtMs = state.nowMs + want.delayMs(state, tries);
    fetches.set(want.key, { peers, tries: tries + 1, asked: asked + peers.length, retryAtMs });
  }
  const same = effects.length === 0 && fetches.size === state.fetches.size;
  return same ? null : { state: { ...state, fetches }, effects };
};

/**
 * Whom to ask after `asked` peers. Of each round of all candidates three are asked alone, then two at a time, four and so on.
 * Threat: one who claims what does not exist makes this node ask all, and among many that must not take a pause for each.
 */
function nextAsked(candidates: readonly ValidatorIndex[], asked: number): readonly ValidatorIndex[] {
  const from = candidates.length === 0 ? 0 : asked % candidates.length;
  return candidates.slice(from, from + Math.max(1, from - 1));
}

/** Whether all were asked, and nobody answered. */
export function isInVain(state: State, { asked, tries, retryAtMs }: Fetch): boolean {
  return asked >= state.config.n - 1 && tries >= MIN_VAIN_TRIES && retryAtMs <= state.nowMs;
}

function reported(request: Message, state: State): readonly Effect[] {
  if (request.kind !== 'fetch-blocks' || state.finalization === null) return [];
  const { fromHeight } = request;
  return [{ type: 'report', report: { type: 'syncing', fromHeight, toHeight: state.finalization.height } }];
}

/** When the next question is due, ms; null when none is. */
export function fetchDueMs(state: State): number | null {
  const wants = wanted(state);
  if (wants.length === 0 || connected(state).length === 0) return null;
  let dueMs: number | null = null;
  for (const want of wants) {
    const atMs = state.fetches.get(want.key)?.retryAtMs ?? want.notBeforeMs;
    dueMs = dueMs === null ? atMs : Math.min(dueMs, atMs);
  }
  return dueMs;
}

/** What each state lacks: the rule and the timer ask for it in turn, after every event. */
const WANTED = new WeakMap<State, readonly Want[]>();

function wanted(state: State): readonly Want[] {
  const known = WANTED.get(state);
  if (known !== undefined) return known;
  const wants = [
    ...wantedBlocks(state),
    ...wantedProposals(state),
    ...wantedCertificates(state),
    ...wantedBatches(state),
  ];
  WANTED.set(state, wants);
  return wants;
}

/** Rule "catch-up": certified blocks above the highest one that links to the tip, by height. */
function wantedBlocks(state: State): readonly Want[] {
  const { finalization, tip, config } = state;
  if (finalization === null || finalization.height <= tip.height) return [];
  const reach = linkedHeight(state);
  // Bounds what is held and not yet executed or applied, however fast peers answer.
  const ahead = reach - Math.min(state.appliedHeight, tip.height);
  if (finalization.height <= reach || ahead >= 2 * config.parameters.maxFetchBlocks) return [];
  const fromHeight = reach + 1;
  return [
    {
      key: blocksKey(fromHeight),
      request: { kind: 'fetch-blocks', fromHeight },
      candidates: () => byTrust(state, connected(state), fromHeight),
      notBeforeMs: 0,
      delayMs: patientDelayMs,
    },
  ];
}

export function blocksKey(fromHeight: number): string {
  return `blocks/${fromHeight}`;
}

/** Height of the highest certified block whose chain down to the tip is held. */
function linkedHeight(state: State): number {
  const isLinked = linkage(state);
  const linked = state.checkpoints.findLast(({ digests }) => isLinked(blockIdOf(firstDigest(digests))));
  return linked?.height ?? state.tip.height;
}

/** Honest-looking peers first, then those that showed a finalization of that height. */
function byTrust(state: State, peers: readonly ValidatorIndex[], height: number): readonly ValidatorIndex[] {
  const faultsOf = (peer: ValidatorIndex): number => state.peers[peer]?.faults ?? 0;
  const has = (peer: ValidatorIndex): number => ((state.peers[peer]?.finalizedHeight ?? 0) >= height ? 0 : 1);
  return peers.toSorted((a, b) => faultsOf(a) - faultsOf(b) || has(a) - has(b));
}

/** Notarized blocks above everything final that were never seen: a later proposal may build on them. Not while far behind. */
function wantedProposals(state: State): readonly Want[] {
  if (isFarBehind(state)) return [];
  const wants: Want[] = [];
  const floor = finalizedView(state);
  for (let number = state.view - 1; number > floor && wants.length < MAX_PROPOSAL_FETCHES; number--) {
    const view = asView(number);
    const { notarization } = viewRecord(state, view);
    if (notarization === null) continue;
    const id = blockIdOf(notarization.digest);
    if (state.blocks.has(id)) continue;
    wants.push({
      key: proposalKey(id),
      request: { kind: 'fetch-proposal', view, id },
      candidates: () => {
        const signers = notarization.shares.map(({ signer }) => signer);
        return byTrust(state, only(connected(state), signers), 0);
      },
      notBeforeMs: 0,
      delayMs: hedgeDelayMs,
    });
  }
  return wants;
}

export function proposalKey(id: string): string {
  return `proposal/${id}`;
}

/** Views skipped by a jump: to lead, this node must show how each view since the parent's ended. */
function wantedCertificates(state: State): readonly Want[] {
  const choice = parentChoice(state);
  if (choice.type !== 'gap') return [];
  const fromView = asView(finalizedView(state) + 1);
  return [
    {
      // Each one that comes moves the gap: a question is for as many as an answer holds.
      key: `certificates/${Math.floor(choice.view / MAX_CERTIFICATES_ANSWER)}`,
      request: { kind: 'fetch-certificates', fromView, toView: choice.view },
      candidates: () => connected(state),
      notBeforeMs: 0,
      delayMs: hedgeDelayMs,
    },
  ];
}

/** Batches of blocks that wait for nothing else (or only for their ancestors), lowest blocks first. */
function wantedBatches(state: State): readonly Want[] {
  const lacking: Block[] = [];
  for (const block of state.blocks.values()) {
    if (block.status !== 'waiting' || !block.input.refs.some((ref) => isMissing(state, ref))) continue;
    if (isRelevant(state, block)) lacking.push(block);
  }
  lacking.sort((a, b) => a.input.height - b.input.height);
  const wants = new Map<string, Want>();
  const most = maxBatchFetches(state);
  for (const block of lacking) {
    for (const ref of block.input.refs) {
      if (wants.size >= most) return [...wants.values()];
      if (!isMissing(state, ref)) continue;
      const want = wantedBatch(state, block, ref, wants.size);
      if (!wants.has(want.key)) wants.set(want.key, want);
    }
  }
  return [...wants.values()];
}

/** What is being checked may be made up: a question that was asked stays open, with how often it was asked. */
function isMissing(state: State, ref: BatchRef): boolean {
  const held = heldBatch(state, ref);
  return held === null || (held.status === 'verifying' && state.fetches.has(batchKey(ref)));
}

/** A round trip for every few small batches would be most of catching up; large ones would not fit the peers' queues. */
function maxBatchFetches({ config }: State): number {
  const fitting = Math.floor(MAX_FETCHED_BYTES / Math.max(1, config.parameters.maxBatchBytes));
  return Math.min(MAX_BATCH_FETCHES, Math.max(MIN_BATCH_FETCHES, fitting));
}

function wantedBatch(state: State, block: Block, ref: BatchRef, turn: number): Want {
  const live = block.input.view === state.view;
  return {
    key: batchKey(ref),
    request: { kind: 'fetch-batch', ref },
    candidates: () => (live ? likelyHolders(state, block, ref) : inTurns(state, block, turn)),
    // A batch just referenced is likely still on its way from its origin.
    notBeforeMs: live ? block.receivedAtMs + graceMs(state) : 0,
    delayMs: live ? hedgeDelayMs : patientDelayMs,
  };
}

/** Live, the giver of the block and the origin are likeliest to have a batch, then those that acked it. */
function likelyHolders(state: State, block: Block, ref: BatchRef): readonly ValidatorIndex[] {
  const peers = connected(state);
  const ackers = peers.filter((peer) => (state.peers[peer]?.held[ref.origin] ?? 0) > ref.seq);
  return only(peers, block.from === null ? [ref.origin, ...ackers] : [block.from, ref.origin, ...ackers]);
}

/** When catching up everybody is likely to have it. */
function inTurns(state: State, block: Block, turn: number): readonly ValidatorIndex[] {
  const peers = connected(state);
  const from = turn % Math.max(1, peers.length);
  return byTrust(state, [...peers.slice(from), ...peers.slice(0, from)], block.input.height);
}

/** How long a pushed batch may still be on its way when a block references it, ms. */
function graceMs(state: State): number {
  return Math.min(Math.ceil(deltaMs(state) / 2), 4 * state.config.parameters.minDeltaMs);
}

/** A block of the current view, a notarized one, or one on the way to what is final. */
function isRelevant(state: State, block: Block): boolean {
  const { view } = block.input;
  return view === state.view || view <= finalizedView(state) || isNotarized(state, block.id, view);
}

function connected(state: State): readonly ValidatorIndex[] {
  return state.peers.flatMap((peer, index) =>
    peer.connected && index !== state.config.self ? [asValidatorIndex(index)] : [],
  );
}

/** The preferred among `peers`, in their order, then the rest. */
function only(
  peers: readonly ValidatorIndex[],
  preferred: readonly ValidatorIndex[],
): readonly ValidatorIndex[] {
  const first = [...new Set(preferred)].filter((peer) => peers.includes(peer));
  return [...first, ...peers.filter((peer) => !first.includes(peer))];
}
