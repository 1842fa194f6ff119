import { toHex, u64be } from '@hufu/crypto';
import { type SigningContext, signatureChecks, unsignedSignBytes } from '../src/index.ts';
import type { Message, UnsignedMessage } from '../src/interface.ts';
import type { Certificate, ValidatorIndex } from '../src/types.ts';

/** Ideal signatures: a register of who signed what. Nothing can be forged, whatever an actor does. */
export class Signatures {
  readonly context: SigningContext;
  readonly #signed = new Map<string, string>();
  readonly #verified = new WeakMap<Message, boolean>();
  readonly #known = new Map<string, Uint8Array>();

  constructor(context: SigningContext) {
    this.context = context;
  }

  /** One signature per suite that the message's kind asks for. */
  sign(signer: ValidatorIndex, message: UnsignedMessage): readonly Uint8Array[] {
    return unsignedSignBytes(this.context, message).map((bytes, suite) => {
      const what = statement(signer, suite, bytes);
      const known = this.#known.get(what);
      if (known !== undefined) return known;
      const signature = u64be(this.#known.size + 1);
      this.#known.set(what, signature);
      this.#signed.set(toHex(signature), what);
      return signature;
    });
  }

  verify(message: Message, certificates: readonly Certificate[], leader: ValidatorIndex): boolean {
    if (certificates.length > 0) return this.#verify(message, certificates, leader);
    // One broadcast is one object for all who receive it.
    const known = this.#verified.get(message);
    if (known !== undefined) return known;
    const ok = this.#verify(message, certificates, leader);
    this.#verified.set(message, ok);
    return ok;
  }

  #verify(message: Message, certificates: readonly Certificate[], leader: ValidatorIndex): boolean {
    const checks = signatureChecks(this.context, message, certificates, leader);
    return (
      checks?.every(({ signer, suite, bytes, signature }) => {
        return this.#signed.get(toHex(signature)) === statement(signer, suite, bytes);
      }) ?? false
    );
  }
}

function statement(signer: number, suite: number, bytes: Uint8Array): string {
  return `${signer}/${suite}/${toHex(bytes)}`;
}
