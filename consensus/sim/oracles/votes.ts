import { equalBytes, toHex } from '@hufu/crypto';
import type { Acks, LogRecord, Message } from '../../src/interface.ts';
import type {
  BatchRef,
  BlockInput,
  BlockPoint,
  Finalize,
  HeaderDigests,
  Notarize,
  Vote,
} from '../../src/types.ts';
import type { Disk } from '../disk.ts';
import { executeBlock } from '../execution.ts';
import type { SignedVotes } from './signed.ts';
import { Violation } from './violation.ts';

type SentVotes = Partial<Record<Vote['kind'], string>>;

/**
 * What an honest validator sends, over all its restarts: one Notarize a view, never Nullify and Finalize in one
 * view, nothing that is not on its disk, no vote for a block that it does not hold with its batches, that executes to
 * something else or comes from the future, one proposal a view, one batch a seq, no ack of what it does not hold.
 */
export class HonestVotes {
  readonly #sent = new Map<string, SentVotes>();
  readonly #proposed = new Map<number, string>();
  readonly #batches = new Map<string, string>();
  readonly #signed: SignedVotes;
  readonly #n: number;
  readonly #maxClockSkewMs: number;

  constructor(n: number, maxClockSkewMs: number, signed: SignedVotes) {
    this.#n = n;
    this.#signed = signed;
    this.#maxClockSkewMs = maxClockSkewMs;
  }

  /** `nowMs`: the validator's clock. */
  check(index: number, disk: Disk, message: Message, nowMs: number): void {
    switch (message.kind) {
      case 'notarize':
      case 'nullify':
      case 'finalize':
        this.#checkVote(index, disk, message, nowMs);
        break;
      case 'proposal':
        this.#checkProposal(index, disk, message);
        break;
      case 'reproposal':
        this.#checkOnlyProposal(index, disk, message);
        break;
      case 'batch':
        if (message.origin === index) this.#checkBatch(message);
        break;
      case 'acks':
        checkAcks(index, disk, message);
        break;
      default:
        break;
    }
  }

  #checkProposal(index: number, disk: Disk, proposal: Proposal): void {
    // Others' proposals are passed on when asked for.
    if (proposal.view % this.#n === index) this.#checkOnlyProposal(index, disk, proposal);
  }

  #checkOnlyProposal(index: number, disk: Disk, proposal: BlockPoint): void {
    const name = proposal.digests.map(toHex).join();
    const before = this.#proposed.get(proposal.view);
    // Sent again, perhaps by a node that has lost its log since and got it back from others.
    if (before === name) return;
    if (before !== undefined) {
      throw new Violation('equivocation', `node ${index} proposed twice in view ${proposal.view}`);
    }
    checkEntered(index, disk, proposal.view);
    this.#proposed.set(proposal.view, name);
  }

  #checkBatch({ origin, seq, digest }: BatchRef): void {
    const key = `${origin}/${seq}`;
    const before = this.#batches.get(key);
    if (before !== undefined && before !== toHex(digest)) {
      throw new Violation('equivocation', `node ${origin} sent two batches ${seq}`);
    }
    this.#batches.set(key, toHex(digest));
  }

  #checkVote(index: number, disk: Disk, vote: Vote, nowMs: number): void {
    if (vote.signer !== index) throw new Violation('votes', `node ${index} sent a vote of ${vote.signer}`);
    const key = `${index}/${vote.view}`;
    const sent = this.#sent.get(key) ?? {};
    const name = nameOf(vote);
    const before = sent[vote.kind];
    if (before === name) return;
    if (before !== undefined) {
      throw new Violation('double vote', `node ${index}: two ${vote.kind} in view ${vote.view}`);
    }
    const both = { ...sent, [vote.kind]: name };
    if (both.nullify !== undefined && both.finalize !== undefined) {
      throw new Violation('double vote', `node ${index}: nullify and finalize in view ${vote.view}`);
    }
    this.#sent.set(key, both);
    if (!disk.log.some((record) => record.type === 'vote' && isSame(record.vote, vote, name))) {
      throw new Violation('persistence', `node ${index} sent a ${vote.kind} that is not on its disk`);
    }
    if (vote.kind !== 'finalize') checkEntered(index, disk, vote.view);
    if (vote.kind !== 'nullify') this.#checkBlock(index, disk, vote, nowMs);
  }

  #checkBlock(index: number, disk: Disk, vote: Notarize | Finalize, nowMs: number): void {
    const digests = vote.kind === 'notarize' ? [vote.digest] : vote.digests;
    const who = `node ${index} sent ${vote.kind} in view ${vote.view}`;
    const block = disk.log
      .flatMap((record) => blockOf(record, vote.view))
      .find(({ digests: [first] }) => first !== undefined && equalBytes(first, digests[0] ?? first));
    // By sync come blocks without a proposal; Finalize is for those too.
    if (block === undefined && vote.kind === 'finalize') return;
    if (block === undefined) throw new Violation('persistence', `${who} without its proposal on disk`);
    for (const ref of block.refs) {
      if (!disk.holds(ref)) throw new Violation('data', `${who} without its batches`);
    }
    const executed = executeBlock(block);
    if (!digests.every((digest, suite) => equalBytes(digest, executed[suite] ?? new Uint8Array()))) {
      throw new Violation('execution', `${who} for a block that executes to something else`);
    }
    if (vote.kind === 'notarize' && vote.view === block.view) this.#signed.checkJustified(index, block);
    if (vote.kind === 'notarize' && block.timeMs > nowMs + this.#maxClockSkewMs) {
      throw new Violation('time', `${who} for a block from the future`);
    }
  }
}

/** The certificate that ended the view before is on disk, or the block that did is applied. */
function checkEntered(index: number, disk: Disk, view: number): void {
  if (view - 1 <= disk.tip.view || disk.finalization?.view === view - 1) return;
  if (!disk.log.some((record) => record.type === 'certificate' && record.certificate.view === view - 1)) {
    throw new Violation(
      'persistence',
      `node ${index} is in view ${view} and has nothing on disk that began it`,
    );
  }
}

function checkAcks(index: number, disk: Disk, { held }: Acks): void {
  for (const { origin, next } of held) {
    if (next > 0 && !disk.holdsSeq(origin, next - 1)) {
      throw new Violation(
        'data',
        `node ${index} acked batches of ${origin} below ${next} without holding them`,
      );
    }
  }
}

function blockOf(record: LogRecord, view: number): readonly Proposal[] {
  if (record.type !== 'proposal' && record.type !== 'own-proposal') return [];
  const { proposal } = record;
  // The epoch's last block is voted for in later views as well.
  return 'refs' in proposal && proposal.view <= view ? [proposal] : [];
}

type Proposal = BlockInput & { readonly digests: HeaderDigests };

function isSame(logged: NamedVote, vote: Vote, name: string): boolean {
  return logged.view === vote.view && logged.kind === vote.kind && nameOf(logged) === name;
}

type NamedVote = Extract<LogRecord, { type: 'vote' }>['vote'];

function nameOf(vote: NamedVote): string {
  switch (vote.kind) {
    case 'notarize':
      return `notarize ${vote.view} ${vote.height} ${toHex(vote.digest)}`;
    case 'nullify':
      return `nullify ${vote.view}`;
    case 'finalize':
      return `finalize ${vote.view} ${vote.height} ${vote.digests.map(toHex).join()}`;
  }
}
