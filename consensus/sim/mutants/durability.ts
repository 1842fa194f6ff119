import type { Sought } from './mutant.ts';

/** What is durable before what is sent, and restarts. */
export const DURABILITY_MUTANTS: readonly Sought[] = [
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
    faults: ['crash', 'crash-at-effect'],
    actor: null,
  },
  {
    name: 'certificate-not-persisted',
    breaks: 'the certificate that began a view is durable before anything in it',
    edits: [
      {
        file: 'certificates.ts',
        find: "if (origin !== 'recovered') effects.push({ type: 'persist', record: { type: 'certificate', certificate } });",
        replace: '',
      },
    ],
    faults: [],
    actor: null,
  },
  {
    name: 'ack-before-durable',
    breaks: 'a batch is stored durably before its ack',
    edits: [
      {
        file: 'batches.ts',
        find: "chain[durable]?.status === 'durable'",
        replace: "['durable', 'verifying'].includes(chain[durable]?.status ?? '')",
      },
    ],
    faults: ['slow'],
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
    faults: ['crash', 'crash-at-effect'],
    actor: null,
  },
  {
    name: 'own-proposal-forgotten-by-restart',
    breaks: 'a restarted leader proposes its logged proposal again',
    edits: [
      {
        file: 'recovery.ts',
        find: 'const own = from === null ? withoutSignature(proposal) : ownProposal;',
        replace: 'const own = from === null ? null : ownProposal;',
      },
    ],
    faults: ['crash', 'crash-at-effect'],
    actor: null,
  },
  {
    name: 'certificates-forgotten-by-restart',
    breaks: 'a restarted node resumes in the last view it entered',
    edits: [
      {
        file: 'recovery.ts',
        find: "return absorb(state, record.certificate, 'recovered');",
        replace: 'return stay(state);',
      },
    ],
    faults: ['crash', 'crash-all', 'crash-at-effect'],
    actor: null,
  },
  {
    name: 'silent-forever',
    breaks: 'a node that restarts signs its votes again',
    edits: [
      {
        file: 'recovery.ts',
        find: "if (own.notarize !== null && current) effects.push({ type: 'sign', message: own.notarize.unsigned });",
        replace: '',
      },
      {
        file: 'recovery.ts',
        find: "if (own.nullify !== null && current) effects.push({ type: 'sign', message: own.nullify.unsigned });",
        replace: '',
      },
    ],
    faults: ['crash-all'],
    actor: null,
  },
  {
    name: 'observer-votes',
    breaks: 'without an intact log a node signs nothing',
    edits: [
      {
        file: 'state.ts',
        find: 'return state.config.self !== null && !state.halted',
        replace: 'return !state.halted',
      },
    ],
    faults: ['amnesia'],
    actor: null,
  },
];
