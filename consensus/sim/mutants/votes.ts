import type { Sought } from './mutant.ts';

/** Rules of voting and quorums. */
export const VOTE_MUTANTS: readonly Sought[] = [
  {
    name: 'quorum-minus-one',
    breaks: 'q = n − f',
    edits: [{ file: 'quorum.ts', find: 'return n - faults(n);', replace: 'return n - faults(n) - 1;' }],
    faults: null,
    actor: null,
  },
  {
    name: 'quorum-2f-plus-1',
    breaks: 'q = n \u2212 f: at n = 5 two quorums of 3 meet in one faulty validator',
    edits: [{ file: 'quorum.ts', find: 'return n - faults(n);', replace: 'return 2 * faults(n) + 1;' }],
    faults: ['actor'],
    actor: 'equivocator',
    n: 5,
  },
  {
    name: 'nullified-by-f-plus-1',
    breaks: 'q nullifies make a nullification',
    edits: [
      {
        file: 'votes.ts',
        find: 'const shares = sharesOf(state, record.nullifies, (_: Nullify) => true);',
        replace:
          'const shares = record.nullifies.size * 3 <= state.config.n ? null : [...record.nullifies.values()].map(({ signer, signatures }) => ({ signer, signatures })).sort((a, b) => a.signer - b.signer);',
      },
    ],
    faults: ['actor'],
    actor: 'silent',
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
    name: 'batches-not-needed',
    breaks: 'a Notarize says: I hold every referenced batch durably',
    edits: [
      {
        file: 'block-tree.ts',
        find: "heldBatch(state, ref)?.status === 'durable'",
        replace: "heldBatch(state, ref)?.status !== 'signing'",
      },
      {
        file: 'block-tree.ts',
        find: 'if (chainFault !== null) return removeInvalid(state, block, chainFault);',
        replace: '',
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
    name: 'second-proposal-notarized',
    breaks: 'at most one Notarize in a view, for the first proposal',
    edits: [
      {
        file: 'verified.ts',
        find: 'const first = from === signer && proposalId === null;',
        replace: 'const first = from === signer;',
      },
      {
        file: 'verified.ts',
        find: 'const isWorthless = isSecond && !isCertified(noted, proposal);',
        replace: 'const isWorthless = false;',
      },
      {
        file: 'voting.ts',
        find: 'record.own.notarize !== null || record.proposalId === null',
        replace:
          'record.proposalId === null || (record.own.notarize !== null && blockIdOf(record.own.notarize.unsigned.digest) === record.proposalId)',
      },
    ],
    faults: ['actor'],
    actor: 'equivocator',
  },
  {
    name: 'finalize-before-execution',
    breaks: 'Finalize only for a block executed here',
    edits: [
      {
        file: 'voting.ts',
        find: "if (block === undefined || block.status !== 'executed') continue;",
        replace: 'if (block === undefined) continue;',
      },
    ],
    faults: ['actor'],
    actor: 'suite-equivocator',
  },
  {
    name: 'finalize-without-notarization',
    breaks: 'Finalize follows a notarization',
    edits: [
      {
        file: 'voting.ts',
        find: 'if (notarization === null || own.nullify !== null || own.finalize !== null) continue;',
        replace:
          'if (own.nullify !== null || own.finalize !== null) continue;\n    const digest = notarization?.digest ?? own.notarize?.unsigned.digest;\n    if (digest === undefined) continue;',
      },
      {
        file: 'voting.ts',
        find: 'const block = state.blocks.get(blockIdOf(notarization.digest));\n    if (block === undefined ||',
        replace: 'const block = state.blocks.get(blockIdOf(digest));\n    if (block === undefined ||',
      },
    ],
    faults: ['loss', 'slow', 'partition'],
    actor: null,
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
    name: 'signs-after-halt',
    breaks: 'a node whose key is used elsewhere signs nothing more',
    edits: [
      {
        file: 'state.ts',
        find: 'state.config.self !== null && !state.halted &&',
        replace: 'state.config.self !== null &&',
      },
    ],
    faults: null,
    actor: null,
    kind: 'twins',
  },
  {
    name: 'time-ahead-accepted',
    breaks: "a header's time is at most maxClockSkewMs ahead of the voter's clock",
    edits: [
      {
        file: 'voting.ts',
        find: 'if (aheadMs <= state.config.parameters.maxClockSkewMs) return null;',
        replace: 'if (aheadMs < Number.MAX_SAFE_INTEGER) return null;',
      },
    ],
    faults: ['clock'],
    actor: null,
  },
  {
    name: 'no-patience',
    breaks: 'timers give a leader 2\u0394 and 3\u0394',
    edits: [
      { file: 'pacemaker.ts', find: 'const PROPOSAL_DELTAS = 2;', replace: 'const PROPOSAL_DELTAS = 0;' },
      {
        file: 'pacemaker.ts',
        find: 'const NOTARIZATION_DELTAS = 3;',
        replace: 'const NOTARIZATION_DELTAS = 0;',
      },
    ],
    faults: [],
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
];
