import type { Sought } from './mutant.ts';

/** What mends loss, and batches on their way. */
export const REPAIR_MUTANTS: readonly Sought[] = [
  {
    name: 'lost-votes-stay-lost',
    breaks: 'own messages are rebroadcast until the view ends',
    edits: [{ file: 'step.ts', find: '  resend,\n', replace: '' }],
    faults: ['loss'],
    actor: null,
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
    name: 'blocks-not-fetched',
    breaks: 'blocks up to a known finalization are asked for',
    edits: [{ file: 'fetching.ts', find: '    ...wantedBlocks(state),\n', replace: '' }],
    faults: ['crash', 'partition'],
    actor: null,
  },
  {
    name: 'proposals-not-fetched',
    breaks: 'a notarized block that is not held is asked for',
    edits: [{ file: 'fetching.ts', find: '    ...wantedProposals(state),\n', replace: '' }],
    faults: ['actor', 'epoch'],
    actor: 'hider',
  },
  {
    name: 'batches-not-fetched',
    breaks: 'a batch that a block references is asked for',
    edits: [
      { file: 'fetching.ts', find: '    ...wantedBatches(state),\n', replace: '' },
      { file: 'step.ts', find: '  relay,\n', replace: '' },
    ],
    faults: ['actor', 'crash', 'partition'],
    actor: 'withholder',
  },
  {
    name: 'false-claims-stay',
    breaks: 'a block with references that do not exist is forgotten, and asked of another',
    edits: [{ file: 'step.ts', find: '  forsake,\n', replace: '' }],
    faults: ['actor', 'crash', 'partition'],
    actor: 'fabricator',
  },
  {
    name: 'held-back-proposal-forgotten',
    breaks: 'a proposal notarized here is kept, however many views come to nothing after it',
    edits: [
      {
        file: 'certificates.ts',
        find: '    !isNotarized(state, id, input.view) &&\n    !isVotedFor(state, id, input.view);',
        replace: '    !isNotarized(state, id, input.view);',
      },
    ],
    faults: ['stall'],
    actor: null,
  },
  {
    name: 'claims-of-the-future',
    breaks: 'blocks claim no later view than the finalization they come with',
    edits: [{ file: 'shapes.ts', find: '    last.view <= finalization.view &&\n', replace: '' }],
    faults: ['actor', 'crash', 'partition', 'loss'],
    actor: 'intruder',
  },
  {
    name: 'made-up-batch-ends-the-question',
    breaks: 'a question for a batch stays open while the answer is being checked',
    edits: [
      {
        file: 'fetching.ts',
        find: "return held === null || (held.status === 'verifying' && state.fetches.has(batchKey(ref)));",
        replace: 'return held === null;',
      },
    ],
    faults: ['actor', 'crash', 'partition'],
    actor: 'intruder',
  },
  {
    name: 'false-blocks-taken-unasked',
    breaks: 'blocks of one who gave false ones count only when it is asked',
    edits: [
      {
        file: 'admission.ts',
        find: 'if (!state.fetches.has(key) || !isTaken(state, from, key)) return',
        replace: 'if (!state.fetches.has(key)) return',
      },
    ],
    faults: ['actor', 'partition'],
    actor: 'intruder',
    n: 7,
  },
  {
    name: 'false-proposals-taken-unasked',
    breaks: 'a proposal passed on by one who gave false ones counts only when it is asked',
    edits: [{ file: 'admission.ts', find: ' && isTaken(state, from, proposalKey(id));', replace: ';' }],
    faults: ['actor'],
    actor: 'rewriter',
  },
  {
    name: 'forged-certificates-kept',
    breaks: 'certificates held here take the place of embedded ones that say the same',
    edits: [
      {
        file: 'admission.ts',
        find: 'return verifyProposal(state, from, withHeldCertificates(state, proposal));',
        replace:
          'return verify(state, verifyingKey(from, proposal), from, proposal, unknownCertificates(state, withHeldCertificates(state, proposal)));',
      },
    ],
    faults: ['actor', 'crash', 'partition', 'loss'],
    actor: 'rewriter',
  },
  {
    name: 'orphans-stay',
    breaks: 'a claim whose chain does not lead to the tip gives way to one whose chain does',
    edits: [
      {
        file: 'verified.ts',
        find: 'const freed = withoutOrphans(shown, claims, isLinked);',
        replace: 'const freed = shown;',
      },
    ],
    faults: ['actor', 'partition'],
    actor: 'intruder',
    n: 7,
  },
  {
    name: 'one-asked-at-a-time',
    breaks: 'what three did not answer is asked of ever more at a time',
    edits: [{ file: 'fetching.ts', find: 'from + Math.max(1, from - 1)', replace: 'from + 1' }],
    faults: ['actor', 'crash', 'partition', 'loss'],
    actor: 'intruder',
    n: 16,
  },
  {
    name: 'fetched-batch-not-verified',
    breaks: "a batch's signature is checked before it is stored",
    edits: [
      {
        file: 'admission.ts',
        find: "return verify(state, verifyingKey(from, message), from, message, []);\n    case 'none'",
        replace: "return takeVerified(state, from, message);\n    case 'none'",
      },
    ],
    faults: ['actor', 'loss', 'partition'],
    actor: 'liar',
  },
];
