import { asEpoch, asHeight, asView, type UnsignedVote } from '@hufu/consensus';
import type { Signer } from '@hufu/crypto';
import type { LoggedRecord } from '../../src/wire/index.ts';
import { Violation } from './violation.ts';

/** Offsets of the fields under a vote's signature (docs/spec/sign-bytes.md), after the tag and its zero byte. */
const EPOCH_AT = 32;
const VIEW_AT = 32 + 8 + 32;
const REST_AT = VIEW_AT + 8;
const DIGEST_AT = REST_AT + 8;

const VOTES = new Set(['notarize', 'nullify', 'finalize', 'proposal']);

/** Who signs. */
export interface WatchedLife {
  readonly name: string;
  /** Whether what it signs can still leave the node. */
  readonly isAlive: () => boolean;
  /** Whether its write-ahead log holds the record, and would after a crash. */
  readonly holdsDurably: (record: LoggedRecord) => boolean;
  readonly onViolation: (violation: Violation) => void;
}

/**
 * What every validator has signed, read from the signed bytes themselves, at the moment of signing and over all its
 * lives: in one epoch and view one proposal, one block in Notarize and in Finalize, never both Nullify and Finalize; and
 * every vote is durable before.
 */
export class SignedByValidators {
  /** By key, epoch and view: what was signed of each kind. */
  readonly #signed = new Map<string, Map<string, string>>();
  count = 0;

  /** The signer, watched. */
  watch(life: WatchedLife, signer: Signer): Signer {
    return {
      ...signer,
      sign: (message) => {
        const violation = life.isAlive() ? this.#note(life, message) : undefined;
        if (violation !== undefined) life.onViolation(violation);
        return signer.sign(message);
      },
    };
  }

  #note({ name, holdsDurably }: WatchedLife, message: Uint8Array): Violation | undefined {
    const bytes = Buffer.from(message);
    const end = bytes.indexOf(0);
    const kind = /^hufu\/([a-z]+)\/v1$/.exec(bytes.subarray(0, end).toString('latin1'))?.[1] ?? '';
    if (!VOTES.has(kind)) return undefined;
    this.count++;
    const fields = bytes.subarray(end + 1);
    const epoch = asEpoch(Number(fields.readBigUInt64BE(EPOCH_AT)));
    const vote = voteOf(kind, fields);
    if (vote !== undefined && !holdsDurably({ epoch, record: { type: 'vote', vote } })) {
      return new Violation(
        'durability',
        `${name} signs ${kind} of view ${vote.view}, which may be forgotten`,
      );
    }
    const key = `${name}/${epoch}/${fields.readBigUInt64BE(VIEW_AT)}`;
    const what = fields.subarray(REST_AT).toString('hex');
    const signed = this.#signed.get(key) ?? new Map<string, string>();
    this.#signed.set(key, signed);
    const before = signed.get(kind);
    signed.set(kind, what);
    if (before !== undefined && before !== what) return new Violation('votes', `${key}: two of ${kind}`);
    if (signed.has('nullify') && signed.has('finalize')) {
      return new Violation('votes', `${key}: nullify and finalize`);
    }
    return undefined;
  }
}

/** The vote that is signed; undefined for a proposal. */
function voteOf(kind: string, fields: Buffer): UnsignedVote | undefined {
  const view = asView(Number(fields.readBigUInt64BE(VIEW_AT)));
  if (kind === 'nullify') return { kind, view };
  if (kind === 'proposal') return undefined;
  const height = asHeight(Number(fields.readBigUInt64BE(REST_AT)));
  const digest = new Uint8Array(fields.subarray(DIGEST_AT));
  return kind === 'notarize'
    ? { kind, view, height, digest }
    : { kind: 'finalize', view, height, digests: [digest] };
}
