import { toHex, u64be } from '@hufu/crypto';
import { type SigningContext, signatureChecks, unsignedSignBytes } from '../src/index.ts';
import type { Effect, Message } from '../src/interface.ts';
import type { Batch, Certificate, ValidatorIndex } from '../src/types.ts';

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
  /** Hex of what is signed, by suite; by the digests that it is about, and what it says of them. */
  readonly #said = new WeakMap<object, Map<string, readonly string[]>>();
  /** By signature: the batch that was last seen with it, and whether it is of that batch. */
  readonly #batches = new Map<Uint8Array, { readonly batch: Batch; readonly ok: boolean }>();

  constructor(context: SigningContext, watch: (signer: number, message: Unsigned) => void = () => undefined) {
    this.context = context;
    this.#watch = watch;
  }

  /** One signature per suite that the message's kind asks for. */
  sign(signer: ValidatorIndex, message: Unsigned): readonly Uint8Array[] {
    this.#watch(signer, message);
    return this.#statements(message).map((hex, suite) => {
      const what = statement(signer, suite, hex);
      const known = this.#known.get(what);
      if (known !== undefined) return known;
      const signature = u64be(this.#known.size + 1);
      this.#known.set(what, signature);
      this.#signed.set(signature, what);
      return signature;
    });
  }

  /** All validators sign the same for one block, and mostly name it by one array of digests. */
  #statements(message: Unsigned): readonly string[] {
    const about = aboutOf(message);
    const name = nameOf(message);
    const said = this.#said.get(about) ?? new Map<string, readonly string[]>();
    const statements = said.get(name) ?? unsignedSignBytes(this.context, message).map(toHex);
    this.#said.set(about, said.set(name, statements));
    return statements;
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

  /** Whether its origin signed the batch. */
  verifyBatch(batch: Batch): boolean {
    const known = this.#batches.get(batch.signature);
    if (known !== undefined && isSame(known.batch, batch)) return known.ok;
    const ok = this.#check({ kind: 'batch', ...batch }, batch.origin);
    this.#batches.set(batch.signature, { batch, ok });
    return ok;
  }

  #verifyAlone(message: Message, leader: ValidatorIndex): boolean {
    if (message.kind === 'batch') return this.verifyBatch(message);
    // One broadcast is one object for all who receive it.
    const known = this.#verified.get(message);
    if (known !== undefined) return known;
    const ok = this.#check(message, leader);
    this.#verified.set(message, ok);
    return ok;
  }

  #check(message: Message, leader: ValidatorIndex): boolean {
    const hex = new Map<Uint8Array, string>();
    const checks = signatureChecks(this.context, message, [], leader);
    return (
      checks?.every(({ signer, suite, bytes, signature }) => {
        const signed = hex.get(bytes) ?? toHex(bytes);
        hex.set(bytes, signed);
        return this.#signed.get(signature) === statement(signer, suite, signed);
      }) ?? false
    );
  }
}

const NO_BLOCK = {};

/** The array that holds the digests, or the one digest, which a message names. */
function aboutOf(message: Unsigned): object {
  if ('digests' in message) return message.digests;
  return 'digest' in message ? message.digest : NO_BLOCK;
}

/** All else that is signed. */
function nameOf(message: Unsigned): string {
  if (message.kind === 'batch') return message.kind;
  return `${message.kind}/${message.view}/${'height' in message ? message.height : 0}`;
}

/** All nodes get the same arrays of one batch, in objects of their own. */
function isSame(a: Batch, b: Batch): boolean {
  const { origin, seq, prev, digest, payload } = a;
  return (
    origin === b.origin && seq === b.seq && prev === b.prev && digest === b.digest && payload === b.payload
  );
}

function statement(signer: number, suite: number, hex: string): string {
  return `${signer}/${suite}/${hex}`;
}
