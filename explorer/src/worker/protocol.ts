import type { HashName } from '@hufu/crypto';
import type { Report, VerifyOptions } from '@hufu/proof';

/** Every hash a file is given: which one a record carries is not known before it is found. */
export type FileDigests = Readonly<Record<HashName, Uint8Array>>;

/** One byte changed on the way into the hashers, for the demonstration. */
export interface Flip {
  readonly offset: number;
  /** XORed with the byte; not 0. */
  readonly mask: number;
}

export type VerifierRequest =
  | { readonly type: 'hash'; readonly id: number; readonly file: Blob; readonly flip?: Flip }
  | {
      readonly type: 'verify';
      readonly id: number;
      readonly bundle: Uint8Array;
      readonly options: VerifyOptions;
    }
  | { readonly type: 'cancel'; readonly id: number };

export type VerifierReply =
  /** Everything the worker needs is loaded: the network may go. */
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly id: number; readonly doneBytes: number }
  | { readonly type: 'hashed'; readonly id: number; readonly digests: FileDigests }
  | { readonly type: 'verified'; readonly id: number; readonly report: Report }
  | { readonly type: 'failed'; readonly id: number; readonly detail: string };
