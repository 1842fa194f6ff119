import {
  type BatchMessage,
  type Certificate,
  leader,
  type Message,
  type Proposal,
  type Reproposal,
  type SignatureCheck,
  type SigningContext,
  signatureChecks,
  type UnsignedMessage,
  unsignedSignBytes,
  type ValidatorIndex,
  type Vote,
} from '@hufu/consensus';
import { assertNever, hashOf, type Signer, verify } from '@hufu/crypto';
import type { ValidatorSet } from '@hufu/proof';
import type { LedgerState } from '../ledger/types.ts';
import { RecentlyTrue } from './recently-true.ts';

/**
 * Verified signatures remembered. A vote is seen by itself and again in one or two certificates; this covers
 * the votes of the last views at n = 100.
 */
const REMEMBERED_SIGNATURES = 4_096;

/** The signatures of the consensus protocol: made with this node's keys, checked with the validator set's. */
export class ProtocolSignatures {
  readonly #context: SigningContext;
  readonly #validators: ValidatorSet;
  readonly #self: ValidatorIndex | null;
  readonly #signers: readonly Signer[];
  readonly #verified = new RecentlyTrue(REMEMBERED_SIGNATURES);

  /** `signers` are this validator's keys, one per suite in order; an observer (`self` null) has none. */
  constructor(state: LedgerState, self: ValidatorIndex | null, signers: readonly Signer[]) {
    const [firstSuite] = state.suites;
    if (firstSuite === undefined) throw new Error('a chain has at least one suite');
    this.#context = {
      hash: hashOf(firstSuite),
      chainId: state.chainId,
      epoch: state.epoch,
      validatorSetDigest: state.validatorSetDigest,
    };
    this.#validators = state.validators;
    this.#self = self;
    this.#signers = signers;
  }

  /** Whether the message's own signatures and those of the named embedded certificates all verify. */
  check(message: Message, certificates: readonly Certificate[]): boolean {
    const { validators } = this.#validators;
    // Only a proposal has its signer implied; for all else the argument is not looked at.
    const proposer = leader('view' in message ? message.view : 0, validators.length);
    const checks = signatureChecks(this.#context, message, certificates, proposer);
    return checks?.every((check) => this.#verify(check)) ?? false;
  }

  /** Signs an own message: every suite's signature for Finalize, the first suite's for the rest. */
  sign(message: UnsignedMessage): Vote | Proposal | Reproposal | BatchMessage {
    const self = this.#self;
    if (self === null) throw new Error('an observer signs nothing');
    const signatures = unsignedSignBytes(this.#context, message).map((bytes, suite) => {
      const signer = this.#signers[suite];
      if (signer === undefined) throw new Error(`no key for suite ${suite}`);
      const signature = signer.sign(bytes);
      this.#verified.add(keyOf({ signer: self, suite, bytes, signature }));
      return signature;
    });
    switch (message.kind) {
      case 'proposal':
      case 'reproposal':
      case 'batch':
        return { ...message, signature: onlyOne(signatures) };
      case 'notarize':
      case 'nullify':
      case 'finalize':
        return { ...message, signer: self, signatures };
      default:
        return assertNever(message);
    }
  }

  #verify(check: SignatureCheck): boolean {
    const suite = this.#validators.suites[check.suite];
    const publicKey = this.#validators.validators[check.signer]?.keys[check.suite];
    if (suite === undefined || publicKey === undefined) return false;
    const key = keyOf(check);
    if (this.#verified.has(key)) return true;
    if (!verify(suite, publicKey, check.bytes, check.signature)) return false;
    this.#verified.add(key);
    return true;
  }
}

function keyOf({ signer, suite, bytes, signature }: SignatureCheck): string {
  const signed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  // The length keeps two pairs of bytes and signature apart that join to the same text.
  return `${signer}/${suite}/${signature.length}/${signed}${Buffer.from(signature).toString('latin1')}`;
}

function onlyOne(signatures: readonly Uint8Array[]): Uint8Array {
  const [signature] = signatures;
  if (signature === undefined || signatures.length !== 1)
    throw new Error('signed under the first suite only');
  return signature;
}
