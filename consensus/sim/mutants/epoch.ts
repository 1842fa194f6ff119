import type { Sought } from './mutant.ts';

/** The end of an epoch. */
export const EPOCH_MUTANTS: readonly Sought[] = [
  {
    name: 'last-block-extended',
    breaks: "nothing extends the epoch's last block",
    edits: [
      { file: 'block-tree.ts', find: "if (parent.endsEpoch) return 'epoch-is-over';", replace: '' },
      {
        file: 'proposing.ts',
        find: "if (choice.type !== 'ready' || choice.parent.endsEpoch) return null;",
        replace: "if (choice.type !== 'ready') return null;",
      },
    ],
    faults: ['epoch'],
    actor: null,
  },
  {
    name: 'last-block-proposed-once',
    breaks: "the epoch's last block is proposed again until it is final",
    edits: [{ file: 'step.ts', find: '  repropose,\n', replace: '' }],
    faults: ['epoch', 'actor', 'slow', 'loss'],
    actor: 'hider',
  },
];
