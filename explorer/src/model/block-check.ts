import type { BlockDetail } from '@hufu/api';
import { equalBytes, fromBase64, fromHex, type HashName, hashOf, type SuiteName, toHex } from '@hufu/crypto';
import {
  certificateFromJson,
  certifies,
  decodeHeader,
  type Genesis,
  type Header,
  headerDigests,
  type ParsedGenesis,
  type ProblemCode,
  type ValidatorSet,
  verifyFinalityCertificate,
} from '@hufu/proof';

/** What one suite's certificate is worth. */
export type CertificateCheck =
  | { readonly status: 'verified'; readonly suite: SuiteName; readonly signers: readonly number[] }
  | { readonly status: 'failed'; readonly suite: SuiteName; readonly problem: ProblemCode }
  | { readonly status: 'absent'; readonly suite: SuiteName };

export interface DigestCheck {
  readonly hashName: HashName;
  /** Lower-case hex of the digest computed here over the header's bytes. */
  readonly computed: string;
  readonly asNodeSays: boolean;
}

export interface BlockCheck {
  readonly genesis: Genesis;
  /** Those of the block's epoch, by whose signatures it is final. */
  readonly validators: ValidatorSet;
  readonly header: Header;
  /** In the order of the genesis's suites, as are the certificates. */
  readonly digests: readonly DigestCheck[];
  readonly certificates: readonly CertificateCheck[];
}

/**
 * Everything that can be checked of a block by itself; undefined when its header's bytes cannot be read.
 * @param validators proven to be those of the epoch that the node says the block is of.
 */
export function checkBlock(
  block: BlockDetail,
  trusted: ParsedGenesis,
  validators: ValidatorSet,
): BlockCheck | undefined {
  const { genesis, chainId } = trusted;
  const bytes = fromBase64(block.headerBytes);
  const header = bytes === undefined ? undefined : decodeHeader(bytes);
  if (bytes === undefined || header === undefined || !header.ok) return undefined;
  const digests = headerDigests(genesis.suites, bytes);
  const certificates = genesis.suites.map((suite): CertificateCheck => {
    const given = block.certificates.find((certificate) => certificate.suite === suite);
    if (given === undefined) return { status: 'absent', suite };
    const certificate = certificateFromJson(given);
    if (!certificate.ok) return { status: 'failed', suite, problem: certificate.error.code };
    const signers = verifyFinalityCertificate(certificate.value, { chainId, validators });
    if (!signers.ok) return { status: 'failed', suite, problem: signers.error.code };
    return certifies(certificate.value, { ...header.value, digests }, genesis.suites)
      ? { status: 'verified', suite, signers: signers.value }
      : { status: 'failed', suite, problem: 'certificate-wrong-block' };
  });
  return {
    genesis,
    validators,
    header: header.value,
    digests: genesis.suites.map((suite, i) => {
      const hashName = hashOf(suite);
      const computed = toHex(digests[i] ?? new Uint8Array(0));
      return { hashName, computed, asNodeSays: computed === block.digests[hashName] };
    }),
    certificates,
  };
}

/** Whether every suite has a certificate and all of them verify. */
export function isFinal({ certificates }: BlockCheck): boolean {
  return certificates.every(({ status }) => status === 'verified');
}

/**
 * Whether each block names the one before it as its parent, under every suite: then a certificate over the
 * last makes all of them final.
 * @param blocks checked, in ascending order of height.
 */
export function isChain(blocks: readonly BlockCheck[]): boolean {
  return blocks.every(({ header }, i) => {
    const before = blocks[i - 1];
    if (before === undefined) return true;
    return (
      header.height === before.header.height + 1 &&
      header.parent.length === before.digests.length &&
      before.digests.every(({ computed }, suite) => {
        const digest = fromHex(computed);
        const parent = header.parent[suite];
        return digest !== undefined && parent !== undefined && equalBytes(digest, parent);
      })
    );
  });
}
