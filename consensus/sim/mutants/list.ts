import type { ActorName } from '../actors/index.ts';
import type { FaultName } from '../scenario.ts';
import type { Mutant } from './mutant.ts';

/** A mutant and the conditions under which it is sought; null: what the seeds give. */
export interface Sought extends Mutant {
  readonly faults: readonly FaultName[] | null;
  readonly actor: ActorName | null;
  /** Where to begin: the bug was last seen at this seed. */
  readonly firstSeed?: number;
}

const CRASHES = ['crash', 'crash-at-effect'] as const;

/** Planted bugs that the simulator must find. */
export const MUTANTS: readonly Sought[] = [
  {
    name: 'quorum-minus-one',
    breaks: 'q = n − f',
    edits: [{ file: 'quorum.ts', find: 'return n - faults(n);', replace: 'return n - faults(n) - 1;' }],
    faults: null,
    actor: null,
  },
  {
    name: 'vote-not-persisted',
    breaks: 'persist before sign',
    edits: [
      {
        file: 'voting.ts',
        find: "{ type: 'persist', record: { type: 'vote', vote: cast.unsigned } },",
        replace: '',
      },
    ],
    faults: null,
    actor: null,
  },
  {
    name: 'proposal-not-persisted',
    breaks: 'the proposal before Notarize',
    edits: [
      {
        file: 'voting.ts',
        find: "{ type: 'persist', record: { type: 'proposal', proposal: block.proposal } },",
        replace: '',
      },
    ],
    faults: null,
    actor: null,
  },
  {
    name: 'own-proposal-not-persisted',
    breaks: 'own proposals are persisted before they are signed',
    edits: [
      {
        file: 'proposing.ts',
        find: "= [\n    { type: 'persist', record: { type: 'own-proposal', proposal } },",
        replace: '= [',
      },
    ],
    faults: CRASHES,
    actor: null,
  },
  {
    name: 'votes-forgotten-by-restart',
    breaks: 'a view is not voted in again after a restart',
    edits: [
      {
        file: 'recovery.ts',
        find: 'return stay(replayVote(state, record.vote));',
        replace: 'return stay(state);',
      },
    ],
    faults: CRASHES,
    actor: null,
  },
  {
    name: 'vote-without-batches',
    breaks: 'a Notarize says: I hold every referenced batch durably',
    edits: [
      {
        file: 'block-tree.ts',
        find: "heldBatch(state, ref)?.status === 'durable'",
        replace: 'heldBatch(state, ref) !== null',
      },
    ],
    faults: ['slow', 'loss'],
    actor: null,
  },
  {
    name: 'nullify-and-finalize',
    breaks: 'never both Nullify and Finalize in one view',
    edits: [
      {
        file: 'voting.ts',
        find: 'if (notarization === null || own.nullify !== null || own.finalize !== null) continue;',
        replace: 'if (notarization === null || own.finalize !== null) continue;',
      },
    ],
    faults: ['slow', 'loss'],
    actor: null,
  },
  {
    name: 'gap-in-nullifications',
    breaks: 'a parent needs a nullification for every view it skips',
    edits: [
      {
        file: 'parent.ts',
        find: "if (nullification === null) return { type: 'gap', view: asView(view) };",
        replace: '',
      },
      {
        file: 'parent.ts',
        find: "if (nullification === null) throw new Error('a view was skipped without a nullification');",
        replace: 'if (nullification === null) continue;',
      },
      { file: 'shapes.ts', find: 'nullifications.length === before - after - 1 &&', replace: '' },
      {
        file: 'shapes.ts',
        find: 'nullification.view === after + 1 + index &&',
        replace: 'index >= 0 &&',
      },
      {
        file: 'voting.ts',
        find: 'if (viewRecord(state, asView(view)).nullification === null) return false;',
        replace: '',
      },
    ],
    faults: ['actor'],
    actor: 'skipper',
    firstSeed: 11,
  },
  {
    name: 'execution-not-compared',
    breaks: 'header equals own execution',
    edits: [
      {
        file: 'block-tree.ts',
        find: "if (!sameDigests(result.digests, block.digests)) return removeInvalid(done, block, 'digest-mismatch');",
        replace: '',
      },
    ],
    faults: ['actor'],
    actor: 'invalid-proposer',
  },
  {
    name: 'time-may-stand-still',
    breaks: "a header's time is later than its parent's",
    edits: [
      {
        file: 'block-tree.ts',
        find: "if (input.timeMs <= parent.timeMs) return 'time-not-after-parent';",
        replace: '',
      },
    ],
    faults: ['actor'],
    actor: 'invalid-proposer',
  },
  {
    name: 'batches-out-of-sequence',
    breaks: "references continue each origin's sequence",
    edits: [
      {
        file: 'block-tree.ts',
        find: "if (origin >= n || next[origin] !== seq) return 'batch-out-of-sequence';",
        replace: "if (origin >= n) return 'batch-out-of-sequence';",
      },
      {
        file: 'block-tree.ts',
        find: 'if (chainFault !== null) return removeInvalid(state, block, chainFault);',
        replace: '',
      },
    ],
    faults: ['actor'],
    actor: 'invalid-proposer',
  },
  {
    name: 'votes-not-verified',
    breaks: 'signatures are verified before a vote counts',
    edits: [
      {
        file: 'admission.ts',
        find: 'return verify(state, verifyingKey(from, vote), from, vote, []);',
        replace: 'return takeVerified(state, from, vote);',
      },
    ],
    faults: ['actor'],
    actor: 'liar',
  },
  {
    name: 'one-signer-many-shares',
    breaks: 'each signer of a certificate counts once',
    edits: [{ file: 'shapes.ts', find: ' || share.signer <= last', replace: '' }],
    faults: ['actor'],
    actor: 'stuffer',
  },
  {
    name: 'second-suite-ignored',
    breaks: 'Finalize votes match under every suite',
    edits: [
      {
        file: 'voting.ts',
        find: "const unsigned = { kind: 'finalize', view, height, digests: block.digests } as const;",
        replace:
          "const unsigned = { kind: 'finalize', view, height, digests: block.digests.map(() => firstDigest(block.digests)) } as const;",
      },
      {
        file: 'block-tree.ts',
        find: 'tip === null || !sameBlock(tip, finalization)',
        replace: 'tip === null',
      },
    ],
    faults: null,
    actor: null,
  },
  {
    name: 'lost-votes-stay-lost',
    breaks: 'own messages are rebroadcast until the view ends',
    edits: [{ file: 'step.ts', find: '  resend,\n', replace: '' }],
    faults: ['loss'],
    actor: null,
    firstSeed: 5,
  },
  {
    name: 'lost-batches-stay-lost',
    breaks: 'own batches are sent again until they are acked',
    edits: [{ file: 'step.ts', find: '  pushAgain,\n  relay,\n', replace: '' }],
    faults: ['loss', 'crash', 'crash-all', 'partition'],
    actor: null,
  },
  {
    name: 'nothing-is-fetched',
    breaks: 'sync always runs beside consensus',
    edits: [{ file: 'step.ts', find: '  fetch,\n', replace: '' }],
    faults: ['crash', 'partition'],
    actor: null,
  },
  {
    name: 'no-timers',
    breaks: 'a view without a notarization in 3Δ is nullified',
    edits: [
      {
        file: 'voting.ts',
        find: 'if (!invalid && !late) return null;',
        replace: 'if (!invalid || late) return null;',
      },
    ],
    faults: ['actor'],
    actor: 'silent',
  },
  {
    name: 'heads-not-advanced',
    breaks: 'a batch is referenced once',
    edits: [
      {
        file: 'proposing.ts',
        find: 'for (const { origin, seq, digest } of refs) advanced[origin] = { nextSeq: seq + 1, lastDigest: digest };',
        replace: 'if (refs.length < 0) advanced.pop();',
      },
    ],
    faults: [],
    actor: null,
  },
];
