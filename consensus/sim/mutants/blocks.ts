import type { Sought } from './mutant.ts';

/** Rules of proposals, blocks and certificates. */
export const BLOCK_MUTANTS: readonly Sought[] = [
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
      { file: 'shapes.ts', find: 'nullifications.length === before - first &&', replace: '' },
      {
        file: 'shapes.ts',
        find: 'nullification.view === first + index &&',
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
    name: 'digest-of-one-suite-compared',
    breaks: 'header equals own execution, under every suite',
    edits: [
      {
        file: 'block-tree.ts',
        find: 'if (!sameDigests(result.digests, block.digests))',
        replace: 'if (!sameDigests(result.digests.slice(0, 1), block.digests.slice(0, 1)))',
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
    name: 'leader-trusts-its-clock',
    breaks: "the time is the parent's + 1 ms if the leader's clock is behind",
    edits: [
      {
        file: 'proposing.ts',
        find: 'timeMs: Math.max(clockMs(state), parent.timeMs + 1),',
        replace: 'timeMs: clockMs(state),',
      },
    ],
    faults: ['skew'],
    actor: null,
  },
  {
    name: 'parent-under-one-suite',
    breaks: 'the parent is the same block under every suite',
    edits: [
      {
        file: 'block-tree.ts',
        find: "if (!samePoint(input.parent, parent)) return 'parent-mismatch';",
        replace: "if (input.parent.view !== parent.view) return 'parent-mismatch';",
      },
    ],
    faults: ['actor', 'slow', 'loss'],
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
    name: 'prev-not-checked',
    breaks: 'references are linked by prev',
    edits: [
      {
        file: 'dissemination.ts',
        find: 'const continues = seq === base + at && before !== undefined && equalBytes(before, prev);',
        replace: 'const continues = seq === base + at && before !== undefined;',
      },
      {
        file: 'block-tree.ts',
        find: 'batch === null || expected === undefined || !equalBytes(batch.prev, expected)',
        replace: 'batch === null || expected === undefined',
      },
      {
        file: 'parent.ts',
        find: 'if (next === undefined || !equalBytes(next.prev, head.lastDigest)) return 0;',
        replace: 'if (next === undefined) return 0;',
      },
    ],
    faults: ['actor'],
    actor: 'batch-equivocator',
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
  {
    name: 'everyone-leads',
    breaks: 'only the leader of a view proposes in it',
    edits: [
      {
        file: 'proposing.ts',
        find: 'if (!mayVote(state) || self === null || leader(state.view, n) !== self) return false;',
        replace: 'if (!mayVote(state) || self === null || n === 0) return false;',
      },
    ],
    faults: [],
    actor: null,
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
    name: 'certificates-not-verified',
    breaks: 'signatures of a certificate are verified',
    edits: [
      {
        file: 'admission.ts',
        find: 'return verify(state, verifyingKey(from, certificate), from, certificate, []);',
        replace: 'return takeVerified(state, from, certificate);',
      },
    ],
    faults: ['actor'],
    actor: 'stuffer',
  },
  {
    name: 'embedded-certificates-not-verified',
    breaks: 'certificates inside a proposal are verified',
    edits: [
      {
        file: 'embedded-certificates.ts',
        find: 'filter((certificate) => heldFor(state, certificate) !== certificate)',
        replace: 'filter(() => false)',
      },
    ],
    faults: ['actor'],
    actor: 'forger',
  },
  {
    name: 'synced-finalization-not-verified',
    breaks: 'blocks come with a finalization that is verified',
    edits: [
      {
        file: 'admission.ts',
        find: 'return verify(state, verifyingKey(from, message), from, message, [message.finalization]);',
        replace: 'return takeVerified(state, from, message);',
      },
    ],
    faults: ['actor', 'crash', 'partition'],
    actor: 'forger',
  },
  {
    name: 'status-finalization-not-verified',
    breaks: 'a finalization in a status is verified',
    edits: [
      {
        file: 'admission.ts',
        find: ': verify(next, verifyingKey(from, status), from, status, [finalization]),',
        replace: ': takeVerified(next, from, status),',
      },
    ],
    faults: ['actor'],
    actor: 'forger',
  },
  {
    name: 'one-signer-many-shares',
    breaks: 'each signer of a certificate counts once',
    edits: [{ file: 'shapes.ts', find: ' || share.signer <= last', replace: '' }],
    faults: ['actor'],
    actor: 'stuffer',
  },
  {
    name: 'old-certificates-only',
    breaks: 'any certificate of a later view is enough to enter the next',
    edits: [
      {
        file: 'certificates.ts',
        find: 'if (certificate.view < state.view) return stay(state);',
        replace: 'if (certificate.view !== state.view) return stay(state);',
      },
    ],
    faults: ['crash', 'partition'],
    actor: null,
  },
];
