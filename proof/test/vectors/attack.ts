import { asHeight, asView } from '@hufu/consensus';
import { utf8 } from '@hufu/crypto';
import {
  type Bundle,
  type BundleRecord,
  encodeBundle,
  encodeHeader,
  type FinalityCertificate,
  type Header,
} from '../../src/index.ts';
import { must } from '../must.ts';
import { CONTENT, testCase } from '../network/test-bundle.ts';
import { certify, type TestNetwork, testHeader } from '../network/test-network.ts';

/** One hostile bundle. What it must fail with is written by hand, step by step: `step: problem`. */
export interface Attack {
  /** File name of the vector, without extension. */
  readonly name: string;
  /** What the attacker did, in one sentence. */
  readonly attack: string;
  readonly bundle: Uint8Array;
  readonly failed: readonly string[];
  /** Whose genesis is trusted; the true one unless said otherwise. */
  readonly trusted?: TestNetwork;
  readonly content?: Uint8Array;
}

/** The true bundle that the attacks start from: record 5 of 11, three of four validators, both suites. */
export const TRUE = testCase();
export const TRUE_BYTES = encodeBundle(TRUE.bundle);
export const TRUE_TEXT = new TextDecoder().decode(TRUE_BYTES);
export const TRUE_HEADER = testHeader(TRUE.network, TRUE.leaves);
export const TRUE_RECORD: BundleRecord = must(TRUE.bundle.records[0]);
export const TRUE_CONTENT = CONTENT;

/** The true text with one replacement, which must be possible. */
export function rewritten(from: string | RegExp, to: string | Replacer): Uint8Array {
  const text = typeof to === 'string' ? TRUE_TEXT.replace(from, to) : TRUE_TEXT.replace(from, to);
  if (text === TRUE_TEXT) throw new Error(`nothing to replace: ${from}`);
  return utf8(text);
}

/** The true bundle with other parts. */
export function altered(change: Partial<Bundle>): Uint8Array {
  return encodeBundle({ ...TRUE.bundle, ...change });
}

/** The true bundle with its record changed. */
export function withRecord(change: Partial<BundleRecord>): Uint8Array {
  return altered({ records: [{ ...TRUE_RECORD, ...change }] });
}

/** The true bundle with another header, to which the certificates do not belong. */
export function withHeader(change: Partial<Header>): Uint8Array {
  return altered({ header: encodeHeader({ ...TRUE_HEADER, ...change }) });
}

/** The true bundle with another header, which three of the four true validators signed. */
export function withSignedHeader(change: Partial<Header>): Uint8Array {
  const header = { ...TRUE_HEADER, ...change };
  const certificates = certify(
    TRUE.network,
    header,
    [0, 1, 3],
    TRUE.network.validators,
    TRUE.network.chainId,
  );
  return altered({ header: encodeHeader(header), certificates });
}

/** The true bundle with the certificate of suite number `suite` changed. */
export function withCertificate(
  suite: 0 | 1,
  change: (certificate: FinalityCertificate) => Partial<FinalityCertificate>,
): Uint8Array {
  const certificates = TRUE.bundle.certificates.map((certificate, i) =>
    i === suite ? { ...certificate, ...change(certificate) } : certificate,
  );
  return altered({ certificates });
}

/** As `withCertificate`, for both suites. */
export function withCertificates(
  change: (certificate: FinalityCertificate) => Partial<FinalityCertificate>,
): Uint8Array {
  const certificates = TRUE.bundle.certificates.map((certificate) => ({
    ...certificate,
    ...change(certificate),
  }));
  return altered({ certificates });
}

/** Another finalized block of the same chain: height and view 2, one leaf less. */
export const OTHER_HEADER: Header = {
  ...testHeader(TRUE.network, TRUE.leaves.slice(0, -1)),
  height: asHeight(2),
  view: asView(2),
};

type Replacer = (match: string, ...groups: readonly string[]) => string;
