import type { Epoch } from '@hufu/consensus';
import {
  decodeHeader,
  type EpochPosition,
  equalDigests,
  type Header,
  headerDigests,
  verifyEpochStep,
} from '@hufu/proof';
import { enterEpoch, isChunkOf, parseStateLeaves, type StateContents, stateRoots } from '../ledger/index.ts';
import type { LedgerState } from '../ledger/types.ts';
import type { PeerId } from '../p2p/peer-transport.ts';
import { frontiersOf } from '../store/log-edge.ts';
import type { ChainStore, Snapshot, SnapshotEpoch } from '../store/types.ts';
import type { EpochEnd } from '../wire/index.ts';
import { certificatesOf } from './certified.ts';
import type { MessageOf, Questions } from './questions.ts';

/** A node that has blocks begins from a snapshot only when that spares it more than so many. */
const WORTH_BLOCKS = 1_000;

/** An epoch's end as verified: its last block, and what is certified of the epoch after it. */
interface VerifiedEnd {
  readonly header: Header;
  readonly end: SnapshotEpoch['end'];
  /** The epoch that begins. */
  readonly epoch: Epoch;
}

type Edges = MessageOf<'snapshot'>['edges'];

/** Whether a node at `ownHeight` should rather begin with the block after `endHeight` than execute all up to it. */
export function isWorthASnapshot(ownHeight: number, endHeight: number): boolean {
  return ownHeight === 0 ? endHeight > 0 : endHeight - ownHeight > WORTH_BLOCKS;
}

/**
 * Gathers a snapshot from peers: how the epochs ended, from this node's own on, each end certified by its own validators;
 * then, chunk by chunk and from all of them in turn, the states that they ended with, checked against the roots in those
 * headers; then the log's edge, checked against the root in the last. Whatever does not fit is asked of another peer, so
 * that nobody has to be trusted.
 */
export class StateSync {
  readonly #chain: ChainStore;
  readonly #questions: Questions;

  constructor(chain: ChainStore, questions: Questions) {
    this.#chain = chain;
    this.#questions = questions;
  }

  /** How the epochs from this node's own on ended, as the peer proves it; empty when it proves none. */
  async endsKnownTo(peer: PeerId): Promise<readonly VerifiedEnd[]> {
    const state = enterEpoch(this.#chain.state);
    const { view, height } = state.tip;
    let position: EpochPosition = { validators: state.validators, height, view };
    const ends: VerifiedEnd[] = [];
    for (;;) {
      const from = position.validators.epoch;
      const answer = await this.#questions.ask(
        peer,
        { epoch: this.#own, message: { kind: 'fetch-epochs', from } },
        'epochs',
        (answer) => answer.from === from,
      );
      if (answer === undefined || answer.ends.length === 0) return ends;
      for (const end of answer.ends) {
        const verified = verifyEnd(state, position, end);
        if (verified === undefined) return ends;
        position = verified.position;
        ends.push(verified);
      }
    }
  }

  /** The snapshot at the last of the ends, or undefined when no peer gives it whole. */
  async gather(ends: readonly VerifiedEnd[], peers: readonly PeerId[]): Promise<Snapshot | undefined> {
    const epochs: SnapshotEpoch[] = [];
    let edges: Edges | undefined;
    for (const end of ends) {
      const found = await this.#firstOf(peers, (peer) => this.#contentsAt(end, peer, peers));
      if (found === undefined) return undefined;
      epochs.push({ contents: found.contents, end: end.end });
      edges = found.edges;
    }
    const last = ends.at(-1);
    if (edges === undefined || last === undefined) return undefined;
    const { logSize, logRoots } = last.header;
    const { suites } = this.#chain.state;
    const frontiers = frontiersOf(edges, suites, logSize, logRoots);
    if (frontiers !== undefined) return { epochs, edges, frontiers };
    // The state was whole; the edge beside it was not. Another peer's will be.
    return this.#firstOf(peers, async (peer) => {
      const other = await this.#askSnapshot(peer, last.epoch);
      const fitting = other && frontiersOf(other.edges, suites, logSize, logRoots);
      return other && fitting && { epochs, edges: other.edges, frontiers: fitting };
    });
  }

  /** The state that an epoch begins with: `teller` says how many leaves it has, all peers give chunks. */
  async #contentsAt(
    { header, epoch }: VerifiedEnd,
    teller: PeerId,
    peers: readonly PeerId[],
  ): Promise<{ readonly contents: StateContents; readonly edges: Edges } | undefined> {
    const told = await this.#askSnapshot(teller, epoch);
    if (told === undefined) return undefined;
    const { leafCount, edges } = told;
    const { suites } = this.#chain.state;
    const leaves: Uint8Array[] = [];
    for (let turn = 0; leaves.length < leafCount; turn++) {
      const first = leaves.length;
      const inTurn = peers.map((_, i) => peers[(i + turn) % peers.length] ?? teller);
      const chunk = await this.#firstOf(inTurn, async (peer) => {
        const answer = await this.#questions.ask(
          peer,
          { epoch: this.#own, message: { kind: 'fetch-state-chunk', epoch, first } },
          'state-chunk',
          (answer) => answer.epoch === epoch && answer.first === first,
        );
        const isGenuine = answer && isChunkOf(answer, { suites, leafCount, stateRoot: header.stateRoot });
        return isGenuine ? answer : undefined;
      });
      if (chunk === undefined) return undefined;
      leaves.push(...chunk.leaves);
    }
    const contents = parseStateLeaves(leaves, suites);
    if (!contents.ok || contents.value.epoch !== epoch) return undefined;
    const isWhole = equalDigests(stateRoots({ ...contents.value, suites }), header.stateRoot);
    return isWhole ? { contents: contents.value, edges } : undefined;
  }

  /** A question names the epoch of whoever asks. */
  get #own(): Epoch {
    return enterEpoch(this.#chain.state).epoch;
  }

  #askSnapshot(peer: PeerId, epoch: Epoch): Promise<MessageOf<'snapshot'> | undefined> {
    return this.#questions.ask(
      peer,
      { epoch: this.#own, message: { kind: 'fetch-snapshot', epoch } },
      'snapshot',
      (answer) => answer.epoch === epoch,
    );
  }

  /** The first answer that is any good, asking one peer after the other. */
  async #firstOf<T>(
    peers: readonly PeerId[],
    ask: (peer: PeerId) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    for (const peer of peers) {
      const answer = await ask(peer);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}

function verifyEnd(
  { chainId, suites }: LedgerState,
  position: EpochPosition,
  { headerBytes, finalization, validatorSet }: EpochEnd,
): (VerifiedEnd & { readonly position: EpochPosition }) | undefined {
  const context = { chainId, validators: position.validators };
  const certificates = certificatesOf(finalization, context);
  if (certificates === undefined) return undefined;
  const next = verifyEpochStep(chainId, position, { header: headerBytes, certificates, validatorSet });
  const header = decodeHeader(headerBytes);
  if (!next.ok || !header.ok) return undefined;
  const { height } = header.value;
  return {
    header: header.value,
    end: { height, digests: headerDigests(suites, headerBytes), headerBytes, finalization },
    epoch: next.value.validators.epoch,
    position: next.value,
  };
}
