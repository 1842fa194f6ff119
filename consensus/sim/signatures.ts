import { toHex, u64be } from '@hufu/crypto';
import { type SigningContext, signatureChecks, unsignedSignBytes } from '../src/index.ts';
import type { Effect, Message } from '../src/interface.ts';
import type { Certificate, ValidatorIndex } from '../src/types.ts';

type Unsigned = Extract<Effect, { type: 'sign' }>['message'];

/**
 * Ideal signatures: an object that only `sign` makes, and a register of what each is for. Nothing can be forged,
 * whatever an actor does.
 */
export class Signatures {
  readonly context: SigningContext;
  /** Sees everything that anybody signs, before it is signed. */
  readonly #watch: (signer: number, message: Unsigned) => void;
  readonly #signed = new Map<Uint8Array, string>();
  readonly #verified = new Map<Message, boolean>();
  readonly #known = new Map<string, Uint8Array>();

  constructor(context: SigningContext, watch: (signer: number, message: Unsigned) => void = () => undefined) {
    this.context = context;
    this.#watch = watch;
  }

  /** One signature per suite that the message's kind asks for. */
  sign(signer: ValidatorIndex, message: Unsigned): readonly Uint8Array[] {
    this.#watch(signer, message);
    return unsignedSignBytes(this.context, message).map((bytes, suite) => {
      const what = statement(signer, suite, toHex(bytes));
      const known = this.#known.get(what);
      if (known !== undefined) return known;
      const signature = u64be(this.#known.size + 1);
      this.#known.set(what, signature);
      this.#signed.set(signature, what);
      return signature;
    });
  }

  /** What `sign` has just given out needs no check when it comes back. */
  trust(message: Message): void {
    this.#verified.set(message, true);
  }

  verify(message: Message, certificates: readonly Certificate[], leader: ValidatorIndex): boolean {
    return (
      this.#verifyAlone(message, leader) &&
      certificates.every((certificate) => this.#verifyAlone(certificate, leader))
    );
  }

  #verifyAlone(message: Message, leader: ValidatorIndex): boolean {
    // One broadcast is one object for all who receive it.
    const known = this.#verified.get(message);
    if (known !== undefined) return known;
    const hex = new Map<Uint8Array, string>();
    const ok =
      signatureChecks(this.context, message, [], leader)?.every(({ signer, suite, bytes, signature }) => {
        const signed = hex.get(bytes) ?? toHex(bytes);
        hex.set(bytes, signed);
        return this.#signed.get(signature) === statement(signer, suite, signed);
      }) ?? false;
    this.#verified.set(message, ok);
    return ok;
  }
}

function statement(signer: number, suite: number, hex: string): string {
  return `${signer}/${suite}/${hex}`;
}
