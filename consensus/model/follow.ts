import { assertNever, toHex } from '@hufu/crypto';
import type { Core } from '../sim/host.ts';
import { quorum } from '../src/index.ts';
import type {
  Config,
  Effect,
  Event,
  ExecutionResult,
  LogRecord,
  Message,
  Recovery,
  UnsignedProposal,
  UnsignedReproposal,
} from '../src/interface.ts';
import type { State, Transition } from '../src/state.ts';
import type { BlockPoint, Certificate, HeaderDigests, Proposal, Vote } from '../src/types.ts';
import { type Block, type Entry, type Kind, Refusal, Simplex } from './simplex.ts';

/**
 * Walks through the model beside a core: each record that an honest validator persists, each message that its host
 * signed, each restart is an action of simplex.ts, which refuses what the model does not allow. Knows nothing of the
 * simulator but the two functions of a core.
 */
export class Follower implements Core {
  readonly #core: Core;
  readonly #byzantine: ReadonlySet<number>;
  readonly #model: Simplex;
  readonly #genesis: Block;
  /** By first digest: every block that an honest validator logged. Its digest names its whole chain. */
  readonly #blocks = new Map<string, Block>();
  /** Keys of blocks that execution found to end the epoch. */
  readonly #endings = new Set<string>();
  /** How often each action was taken, restarts after the first start included. */
  readonly taken = new Map<Taken, number>();
  readonly #started = new Set<number>();

  constructor(core: Core, n: number, byzantine: ReadonlySet<number>, genesis: BlockPoint) {
    this.#core = core;
    this.#byzantine = byzantine;
    this.#genesis = { key: keyOf(genesis.digests), parent: null, view: 0, endsEpoch: false };
    this.#blocks.set(this.#genesis.key, this.#genesis);
    this.#model = new Simplex({ n, byzantine, quorum: quorum(n), genesis: this.#genesis });
  }

  readonly init = (config: Config, recovery: Recovery, nowMs: number): Transition => {
    const transition = this.#core.init(config, recovery, nowMs);
    const i = config.self;
    if (i === null || this.#byzantine.has(i)) return transition;
    if (this.#started.has(i)) this.#restart(i, recovery);
    this.#started.add(i);
    const { view } = transition.state;
    if (view < this.#model.viewOf(i)) throw new Refusal(i, { kind: 'enter', view }, 'goes back by a restart');
    // The host also keeps finalizations apart from the log.
    if (view > this.#model.viewOf(i)) this.#model.enter(i, view, true);
    this.#follow(i, transition.effects);
    return transition;
  };

  readonly step = (state: State, event: Event): Transition => {
    const transition = this.#core.step(state, event);
    const i = state.config.self;
    if (i === null || this.#byzantine.has(i)) return transition;
    if (event.type === 'signed') this.#signed(i, event.message);
    if (event.type === 'executed') this.#executed(event.result);
    this.#follow(i, transition.effects);
    return transition;
  };

  /** The log that came back says which records were durable: a prefix, of which those below the tip may be forgotten. */
  #restart(i: number, { log, tip }: Recovery): void {
    const kept = new Set(log.flatMap(slotOf));
    const entries = this.#model.log(i);
    const count = entries.findLastIndex((entry) => kept.has(nameOf(entry))) + 1;
    if (count > this.#model.durable(i)) this.#flush(i, count);
    for (const entry of entries.slice(0, this.#model.durable(i))) {
      const forgotten = recordView(entry) < tip.view;
      if (!forgotten && !kept.has(nameOf(entry)))
        throw new Refusal(i, entry, 'was signed and is not in the log');
    }
    this.#model.crash(i);
    this.#count('crash');
  }

  /** A host signs only what is durable. So is all that was logged before. */
  #signed(i: number, message: Message): void {
    const said = this.#saidBy(i, message);
    if (said === null) return;
    const count = this.#model.log(i).findLastIndex((entry) => isSame(entry, said)) + 1;
    if (count === 0) throw new Refusal(i, said, 'is signed and was never logged');
    if (count > this.#model.durable(i)) this.#flush(i, count);
  }

  /** A block is executed before it is voted for, so before it is logged. */
  #executed(result: ExecutionResult): void {
    if (result.ok && result.endsEpoch) this.#endings.add(keyOf(result.digests));
  }

  #flush(i: number, count: number): void {
    this.#model.flush(i, count);
    this.#count('flush');
  }

  #follow(i: number, effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'persist':
          this.#persist(i, effect.record);
          break;
        case 'send':
        case 'broadcast':
          this.#sending(i, effect.message);
          break;
        case 'finalized':
          this.#checkCertificate(i, effect.finalization);
          this.#count('final');
          break;
        default:
          break;
      }
    }
  }

  #persist(i: number, record: LogRecord): void {
    switch (record.type) {
      case 'vote':
        this.#vote(i, record.vote);
        break;
      case 'own-proposal':
        this.#propose(i, record.proposal);
        break;
      case 'proposal':
        this.#logged(i, record.proposal);
        break;
      case 'certificate': {
        const { certificate } = record;
        this.#checkCertificate(i, certificate);
        this.#model.enter(i, certificate.view + 1, false);
        this.#count('enter');
        break;
      }
      default:
        assertNever(record);
    }
  }

  #vote(i: number, vote: Unsigned): void {
    const { kind, view, block } = this.#voteOf(i, vote);
    if (kind === 'notarize') this.#model.notarize(i, view, block, false);
    else if (kind === 'nullify') this.#model.nullify(i, view, false);
    else this.#model.finalize(i, view, block, false);
    this.#count(kind);
  }

  #propose(i: number, proposal: UnsignedProposal | UnsignedReproposal): void {
    const { kind, view, digests } = proposal;
    const again = kind === 'reproposal';
    const block = again ? this.#block(i, 'propose', view, digests) : this.#logged(i, proposal);
    this.#model.propose(i, view, block, false);
    this.#count(again ? 'propose again' : 'propose');
  }

  /** A block is in the log before a vote for it. */
  #logged(i: number, proposal: Omit<Proposal, 'signature'>): Block {
    const { view, digests } = proposal;
    const key = keyOf(digests);
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const parent = this.#blocks.get(keyOf(proposal.parent.digests));
    if (parent === undefined) throw new Refusal(i, { kind: 'propose', view }, 'nobody logged the parent');
    const block = { key, parent, view, endsEpoch: this.#endings.has(key) };
    this.#blocks.set(key, block);
    return block;
  }

  /** What goes out in own name was durable before. */
  #sending(i: number, message: Message): void {
    const said = this.#saidBy(i, message);
    if (said !== null && !this.#model.hasSent(i, said.kind, said.view, said.block)) {
      throw new Refusal(i, said, 'goes out and was not signed');
    }
  }

  #checkCertificate(i: number, certificate: Certificate): void {
    if (!this.#isPossible(i, certificate)) {
      const { kind, view } = certificate;
      throw new Refusal(i, { kind: 'enter', view: view + 1 }, `its ${kind} has too few votes`);
    }
  }

  #isPossible(i: number, certificate: Certificate): boolean {
    const { kind, view } = certificate;
    switch (kind) {
      case 'notarization':
        return this.#model.isNotarized(view, this.#block(i, 'notarize', view, [certificate.digest]));
      case 'nullification':
        return this.#model.isNullified(view);
      case 'finalization':
        return this.#model.isFinalized(view, this.#block(i, 'finalize', view, certificate.digests));
      default:
        return assertNever(kind);
    }
  }

  /** The message as an entry of the own log; null when it is none, or of somebody else. */
  #saidBy(i: number, message: Message): Entry | null {
    switch (message.kind) {
      case 'proposal':
      case 'reproposal': {
        const block = this.#blocks.get(keyOf(message.digests));
        const own = block !== undefined && this.#proposed(i, message.view, block);
        return own ? { kind: 'propose', view: message.view, block } : null;
      }
      case 'notarize':
      case 'nullify':
      case 'finalize':
        return message.signer === i ? this.#voteOf(i, message) : null;
      default:
        return null;
    }
  }

  /** Others' proposals are passed on when asked for. */
  #proposed(i: number, view: number, block: Block): boolean {
    return this.#model.log(i).some((entry) => isSame(entry, { kind: 'propose', view, block }));
  }

  #voteOf(i: number, vote: Unsigned): Entry {
    const { kind, view } = vote;
    switch (kind) {
      case 'notarize':
        return { kind, view, block: this.#block(i, kind, view, [vote.digest]) };
      case 'nullify':
        return { kind, view, block: this.#genesis };
      case 'finalize':
        return { kind, view, block: this.#block(i, kind, view, vote.digests) };
      default:
        return assertNever(kind);
    }
  }

  #block(i: number, kind: Kind, view: number, digests: HeaderDigests): Block {
    const block = this.#blocks.get(keyOf(digests));
    if (block === undefined) throw new Refusal(i, { kind, view }, 'nobody logged the block');
    return block;
  }

  #count(action: Taken): void {
    this.taken.set(action, (this.taken.get(action) ?? 0) + 1);
  }
}

type Taken = Kind | 'propose again' | 'flush' | 'crash' | 'final';
type Unsigned = Extract<LogRecord, { type: 'vote' }>['vote'] | Vote;

function keyOf([first]: HeaderDigests): string {
  if (first === undefined) throw new Error('a block has a digest');
  return toHex(first);
}

function isSame(a: Entry, b: Entry): boolean {
  return a.kind === b.kind && a.view === b.view && a.block === b.block;
}

/** The view under which a host may forget an entry: that of the certificate which began the view. */
function recordView({ kind, view }: Entry): number {
  return kind === 'enter' ? view - 1 : view;
}

function nameOf({ kind, view, block }: Entry): string {
  return kind === 'enter' || kind === 'nullify' ? `${kind} ${view}` : `${kind} ${view} ${block.key}`;
}

/** A record of the host's log by the name of the model's entry. */
function slotOf(record: LogRecord): readonly string[] {
  switch (record.type) {
    case 'vote': {
      const { vote } = record;
      if (vote.kind === 'nullify') return [`nullify ${vote.view}`];
      const digests = vote.kind === 'notarize' ? [vote.digest] : vote.digests;
      return [`${vote.kind} ${vote.view} ${keyOf(digests)}`];
    }
    case 'own-proposal':
      return [`propose ${record.proposal.view} ${keyOf(record.proposal.digests)}`];
    case 'certificate':
      return [`enter ${record.certificate.view + 1}`];
    case 'proposal':
      return [];
    default:
      return assertNever(record);
  }
}
