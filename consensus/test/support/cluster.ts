import { equalBytes } from '@hufu/crypto';
import type { Effect, Message, StoredBlock } from '../../src/interface.ts';
import { asValidatorIndex, type Finalization } from '../../src/types.ts';
import { LoneNode, PARAMETERS } from './lone-node.ts';

/** A node, and what its host has of it. */
interface Member {
  readonly node: LoneNode;
  readonly chain: StoredBlock[];
  readonly finalizations: Map<number, Finalization>;
  isUp: boolean;
  /** How many of the node's effects are taken. */
  seen: number;
}

interface InTransit {
  readonly from: number;
  readonly to: number;
  readonly message: Message;
}

/** Nodes of one chain on a network that delivers at once, and in order, what `passes` lets through. */
export class Cluster {
  readonly nodes: readonly LoneNode[];
  passes: (from: number, to: number, message: Message) => boolean = () => true;
  readonly #members: readonly Member[];
  readonly #transit: InTransit[] = [];

  constructor(n: number) {
    const first = new LoneNode(n, 0);
    const others = Array.from({ length: n - 1 }, (_, index) => {
      return new LoneNode(n, index + 1, {}, first.signatures);
    });
    this.nodes = [first, ...others];
    this.#members = this.nodes.map((node) => {
      return { node, chain: [], finalizations: new Map(), isUp: true, seen: 0 };
    });
    this.#deliver();
  }

  at(index: number): LoneNode {
    return this.#member(index).node;
  }

  /** The node stops, keeping what it has; or one that tests play takes its place. */
  takeDown(index: number): void {
    this.#member(index).isUp = false;
    for (const { node } of this.#others(index)) {
      node.give({ type: 'peer-disconnected', peer: asValidatorIndex(index) });
    }
  }

  bringBack(index: number): void {
    const member = this.#member(index);
    member.isUp = true;
    for (const { node } of this.#others(index)) {
      const { self } = node;
      node.give({ type: 'peer-connected', peer: member.node.self });
      member.node.give({ type: 'peer-disconnected', peer: self });
      member.node.give({ type: 'peer-connected', peer: self });
    }
  }

  /** Lets time pass with all that is sent until `done`, or for `mostMs`. Returns whether it is done. */
  run(mostMs: number, done: () => boolean): boolean {
    const untilMs = this.at(0).nowMs + mostMs;
    this.#deliver();
    while (!done()) {
      const up = this.#members.filter(({ isUp }) => isUp).map(({ node }) => node);
      const nextMs = Math.min(...up.map(({ timerMs }) => timerMs ?? Number.POSITIVE_INFINITY));
      const passMs = Math.max(0, nextMs - this.at(0).nowMs);
      if (this.at(0).nowMs + passMs > untilMs) break;
      for (const { node, isUp } of this.#members) {
        if (isUp) node.pass(passMs);
        else node.nowMs += passMs;
      }
      this.#deliver();
    }
    return done();
  }

  #member(index: number): Member {
    const member = this.#members[index];
    if (member === undefined) throw new RangeError(`no node ${index}`);
    return member;
  }

  #others(index: number): readonly Member[] {
    return this.#members.filter(({ node, isUp }) => isUp && node.self !== index);
  }

  /** Until nobody has anything to say at this time. */
  #deliver(): void {
    for (;;) {
      for (const member of this.#members) this.#collect(member);
      const next = this.#transit.shift();
      if (next === undefined) return;
      const { from, to, message } = next;
      const { node, isUp } = this.#member(to);
      if (isUp && this.passes(from, to, message)) node.receive(from, message);
    }
  }

  #collect(member: Member): void {
    const { node } = member;
    for (; member.seen < node.effects.length; member.seen++) {
      const effect = node.effects[member.seen];
      if (effect !== undefined && member.isUp) this.#take(member, effect);
    }
  }

  #take(member: Member, effect: Effect): void {
    const { node, chain, finalizations } = member;
    const send = (to: number, message: Message): void => {
      this.#transit.push({ from: node.self, to, message });
    };
    switch (effect.type) {
      case 'send':
        send(effect.to, effect.message);
        break;
      case 'broadcast':
        for (const { self } of this.nodes) if (self !== node.self) send(self, effect.message);
        break;
      case 'serve-batch': {
        const batch = node.batches.find(({ digest }) => equalBytes(digest, effect.ref.digest));
        if (batch !== undefined) send(effect.to, { kind: 'batch', ...batch });
        break;
      }
      case 'serve-blocks': {
        const from = effect.fromHeight - 1;
        const to = [...finalizations.keys()].findLast((height) => height <= from + PARAMETERS.maxFetchBlocks);
        const finalization = finalizations.get(to ?? 0);
        if (to === undefined || to <= from || finalization === undefined) break;
        send(effect.to, { kind: 'blocks', blocks: chain.slice(from, to), finalization });
        break;
      }
      case 'finalized':
        chain.push(...effect.blocks);
        finalizations.set(effect.finalization.height, effect.finalization);
        node.give({ type: 'applied', height: effect.finalization.height });
        break;
      default:
        break;
    }
  }
}
