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
