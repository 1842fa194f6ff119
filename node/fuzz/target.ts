import type { Result } from '@hufu/crypto';
import { Violation } from '../sim/oracles/violation.ts';

/** A function that reads what comes from outside, and what must hold of it whatever it is given. */
export interface Target {
  readonly name: string;
  /** What inputs are made of: encodings that are accepted, and hostile ones. */
  readonly seeds: readonly Uint8Array[];
  /** Of the longest input that is not refused for its length; of one without a limit, about what it is given. */
  readonly maxBytes: number;
  /** Its part of a run, relative to the others': the slower, the smaller. */
  readonly share: number;
  /** Puts checksums right, without which nothing behind them is reached. */
  readonly seal?: (bytes: Uint8Array) => Uint8Array;
  /** Whether the input is accepted. Whatever is thrown is a finding. */
  accepts(bytes: Uint8Array): boolean;
}

export interface Decoder<T> extends Omit<Target, 'accepts'> {
  decode(bytes: Uint8Array): Result<T, unknown>;
  /** The one encoding of the value. */
  encode(value: T): Uint8Array;
}

/** A decoder: it gives a Result, and what it accepts encodes to the very same bytes. */
export function decoder<T>({ decode, encode, ...target }: Decoder<T>): Target {
  return {
    ...target,
    accepts(bytes) {
      const decoded = decode(bytes);
      if (!isResult(decoded)) throw new Violation('result', `no Result: ${JSON.stringify(decoded)}`);
      if (decoded.ok && Buffer.compare(encode(decoded.value), bytes) !== 0) {
        throw new Violation('one encoding', 'what was accepted is written otherwise');
      }
      return decoded.ok;
    },
  };
}

/** A value, or an error with a remark. */
function isResult(decoded: Result<unknown, unknown>): boolean {
  if (decoded.ok === true) return decoded.value !== undefined;
  if (decoded.ok !== false) return false;
  const { error } = decoded;
  if (typeof error === 'object' && error !== null) return 'code' in error && 'remark' in error;
  return typeof error === 'string' && error !== '';
}
