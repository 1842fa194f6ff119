import type { Signer } from '@hufu/crypto';
import { Violation } from './violation.ts';

/** Offsets of the fields under a vote's signature (docs/spec/sign-bytes.md), after the tag and its zero byte. */
const EPOCH_AT = 32;
const VIEW_AT = 32 + 8 + 32;
const REST_AT = VIEW_AT + 8;

const VOTES = new Set(['notarize', 'nullify', 'finalize', 'proposal']);

/**
 * What every validator has signed, read from the signed bytes themselves, at the moment of signing and over all its
 * lives: in one epoch and view one proposal, one block in Notarize and in Finalize, never both Nullify and Finalize.
 */
export class SignedByValidators {
  /** By key, epoch and view: what was signed of each kind. */
  readonly #signed = new Map<string, Map<string, string>>();
  count = 0;

  /** The signer, watched. `isAlive` is asked whether what it signs can still leave the node. */
  watch(name: string, signer: Signer, isAlive: () => boolean, onViolation: (error: Error) => void): Signer {
    return {
      ...signer,
      sign: (message) => {
        if (isAlive()) {
          const violation = this.#note(name, message);
          if (violation !== undefined) onViolation(violation);
        }
        return signer.sign(message);
      },
    };
  }

  #note(name: string, message: Uint8Array): Error | undefined {
    const bytes = Buffer.from(message);
    const end = bytes.indexOf(0);
    const kind = /^hufu\/([a-z]+)\/v1$/.exec(bytes.subarray(0, end).toString('latin1'))?.[1] ?? '';
    if (!VOTES.has(kind)) return undefined;
    this.count++;
    const fields = bytes.subarray(end + 1);
    const epoch = fields.readBigUInt64BE(EPOCH_AT);
    const view = fields.readBigUInt64BE(VIEW_AT);
    const what = fields.subarray(REST_AT).toString('hex');
    const key = `${name}/${epoch}/${view}`;
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
