import { firstShownView } from '../../src/parent.ts';
import { type State, sameBlock } from '../../src/state.ts';
import {
  asView,
  type BlockId,
  blockIdOf,
  type Notarization,
  type Nullification,
  type Proposal,
  type View,
} from '../../src/types.ts';
import type { Host, Tamper } from '../host.ts';
import { forgedShares, madeUpRef, unasked } from './actor.ts';

/** What no signature of a proposal covers. */
const REWRITTEN = ['refs', 'time', 'certificates'] as const;
/** How often it keeps a proposal of its own from a node, which then lacks the block. */
const HIDING_RATE = 0.3;

/**
 * Gives others certified blocks that they lack before anybody else can, whomever they ask: as their leaders signed them, and
 * yet rewritten. They stand on another notarized parent, if there is one; else they have other references, another
 * time, or forged copies of the true certificates.
 */
export function rewriter(): Tamper {
  const seen = new Seen();
  let drawn: (typeof REWRITTEN)[number] | null = null;
  const rewrite = (host: Host, state: State, proposal: Proposal): Proposal => {
    switch (drawn) {
      case 'refs':
        return { ...proposal, refs: [madeUpRef(host, state)] };
      case 'time':
        return { ...proposal, timeMs: proposal.timeMs + 1 };
      case 'certificates':
        return withForgedCertificates(host, proposal);
      case null:
        return proposal;
    }
  };
  return unasked(
    (host, to, message) => {
      drawn ??= host.world.prng.pick(REWRITTEN);
      if (message.kind !== 'proposal' || message.view % host.world.config.n !== host.index)
        return [[to, message]];
      if (host.world.prng.chance(HIDING_RATE)) return [];
      return [[to, drawn === 'certificates' ? withForgedCertificates(host, message) : message]];
    },
    (host, state) => {
      for (const other of host.world.hosts) if (other.state !== null) seen.look(other.state);
      return lacking(state).flatMap((id) => {
        const proposal = seen.proposals.get(id);
        return proposal === undefined ? [] : [seen.onOtherParent(proposal) ?? rewrite(host, state, proposal)];
      });
    },
  );
}

/** Certified blocks that a node does not hold. */
function lacking(state: State): readonly BlockId[] {
  const ids: BlockId[] = state.checkpoints.map(({ digests: [digest = new Uint8Array()] }) =>
    blockIdOf(digest),
  );
  for (const { notarization } of state.views.values()) {
    if (notarization !== null) ids.push(blockIdOf(notarization.digest));
  }
  return ids.filter((id) => !state.blocks.has(id));
}

function withForgedCertificates(host: Host, proposal: Proposal): Proposal {
  const { justification, nullifications } = proposal;
  const suites = justification?.kind === 'finalization' ? justification.digests.length : 1;
  return {
    ...proposal,
    justification: justification && { ...justification, shares: forgedShares(host, suites) },
    nullifications: nullifications.map((each) => ({ ...each, shares: forgedShares(host, 1) })),
  };
}

/** What anybody ever held. */
class Seen {
  readonly proposals = new Map<BlockId, Proposal>();
  readonly #notarizations = new Map<View, Notarization>();
  readonly #nullifications = new Map<View, Nullification>();
  readonly #looked = new WeakSet<State>();

  look(state: State): void {
    if (this.#looked.has(state)) return;
    this.#looked.add(state);
    for (const { id, proposal } of state.blocks.values()) {
      if (proposal !== null) this.proposals.set(id, proposal);
    }
    for (const [view, { notarization, nullification }] of state.views) {
      if (notarization !== null) this.#notarizations.set(view, notarization);
      if (nullification !== null) this.#nullifications.set(view, nullification);
    }
  }

  /** On another notarized block of its parent's height; null when the certificates allow none. */
  onOtherParent(proposal: Proposal): Proposal | null {
    const nullifications: Nullification[] = [];
    for (let view = asView(proposal.view - 1); view > 0; view = asView(view - 1)) {
      const notarization = this.#notarizations.get(view);
      const parent = notarization && this.proposals.get(blockIdOf(notarization.digest));
      if (parent?.height === proposal.parent.height && !sameBlock(parent, proposal.parent)) {
        const { height, digests } = parent;
        const shown = nullifications.slice(firstShownView(view, proposal.view) - view - 1);
        return {
          ...proposal,
          parent: { view, height, digests },
          justification: notarization ?? null,
          nullifications: shown,
        };
      }
      const nullification = this.#nullifications.get(view);
      if (nullification === undefined) return null;
      nullifications.unshift(nullification);
    }
    return null;
  }
}
