import { equalBytes, toHex } from '@hufu/crypto';
import type { LogRecord, Message } from '../../src/interface.ts';
import type { BatchRef, BlockInput, HeaderDigests, Vote } from '../../src/types.ts';
import type { Disk } from '../disk.ts';
import { Violation } from './violation.ts';

type SentVotes = Partial<Record<Vote['kind'], string>>;

/**
 * What an honest validator sends, over all its restarts: one Notarize a view, never Nullify and Finalize in one
 * view, nothing that is not on its disk, no Notarize for a block whose batches it does not hold, one proposal a
 * view, one batch a seq.
 */
export class HonestVotes {
  readonly #sent = new Map<string, SentVotes>();
  readonly #proposed = new Map<number, string>();
  readonly #batches = new Map<string, string>();
  readonly #n: number;

  constructor(n: number) {
    this.#n = n;
  }

  check(index: number, disk: Disk, message: Message): void {
    switch (message.kind) {
      case 'notarize':
      case 'nullify':
      case 'finalize':
        this.#checkVote(index, disk, message);
        break;
      case 'proposal':
        this.#checkProposal(index, message);
        break;
      case 'batch':
        if (message.origin === index) this.#checkBatch(message);
        break;
      default:
        break;
    }
  }

  #checkProposal(index: number, proposal: Proposal): void {
    // Others' proposals are passed on when asked for.
    if (proposal.view % this.#n !== index) return;
    const name = proposal.digests.map(toHex).join();
    const before = this.#proposed.get(proposal.view);
    if (before !== undefined && before !== name) {
      throw new Violation('equivocation', `node ${index} proposed twice in view ${proposal.view}`);
    }
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

  #checkVote(index: number, disk: Disk, vote: Vote): void {
    if (vote.signer !== index) throw new Violation('votes', `node ${index} sent a vote of ${vote.signer}`);
    const key = `${index}/${vote.view}`;
    const sent = this.#sent.get(key) ?? {};
    const name = nameOf(vote);
    const before = sent[vote.kind];
    if (before !== undefined && before !== name) {
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
    if (vote.kind === 'notarize') checkHeld(index, disk, vote.view, vote.digest);
  }
}

function checkHeld(index: number, disk: Disk, view: number, digest: Uint8Array): void {
  const block = disk.log
    .flatMap((record) => blockOf(record, view))
    .find(({ digests: [first] }) => first !== undefined && equalBytes(first, digest));
  if (block === undefined) {
    throw new Violation('persistence', `node ${index} notarized view ${view} without its proposal on disk`);
  }
  for (const ref of block.refs) {
    if (!disk.holds(ref))
      throw new Violation('data', `node ${index} notarized view ${view} without its batches`);
  }
}

function blockOf(record: LogRecord, view: number): readonly Proposal[] {
  if (record.type !== 'proposal' && record.type !== 'own-proposal') return [];
  const { proposal } = record;
  // The epoch's last block is voted for in later views as well.
  return !('justification' in proposal && 'refs' in proposal) || proposal.view > view ? [] : [proposal];
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
