import type { BlockDetail } from '@hufu/api';
import { asHeight } from '@hufu/consensus';
import { hashOf, toBase64, toHex } from '@hufu/crypto';
import {
  certificateToJson,
  decodeHeader,
  encodeHeader,
  followEpochs,
  genesisValidatorSet,
  type Header,
  headerDigests,
  type ParsedGenesis,
  parseBundle,
  parseGenesis,
} from '@hufu/proof';
import t from 'tap';
import { checkBlock, isChain, isFinal } from '../../src/model/block-check.ts';
import { readVector } from './bundle-vectors.ts';

/** The check of a block of epoch 0. */
function checkOf(block: BlockDetail, trusted: ParsedGenesis) {
  return checkBlock(block, trusted, genesisValidatorSet(trusted.genesis));
}

interface Case {
  readonly trusted: ParsedGenesis;
  readonly header: Header;
  readonly block: BlockDetail;
}

/** A block as a node would tell of it, out of a bundle's header and certificates. */
function caseOf(name: string): Case {
  const bundle = parseBundle(readVector(name).bundle);
  if (!bundle.ok) throw new Error(bundle.error.code);
  const genesis = parseGenesis(bundle.value.genesis);
  const header = decodeHeader(bundle.value.header);
  if (!genesis.ok || !header.ok) throw new Error('unreadable vector');
  const trusted = genesis.value;
  const certificates = bundle.value.certificates.map((certificate) => {
    const json = certificateToJson(certificate);
    return { ...json, signatures: [...json.signatures] };
  });
  const block = { ...blockOf(trusted, header.value), certificates };
  return { trusted, header: header.value, block };
}

function blockOf(trusted: ParsedGenesis, header: Header): BlockDetail {
  const { suites } = trusted.genesis;
  const byHash = (list: readonly Uint8Array[]) =>
    Object.fromEntries(suites.map((suite, i) => [hashOf(suite), toHex(list[i] ?? new Uint8Array(0))]));
  const bytes = encodeHeader(header);
  return {
    header: {
      chainId: byHash(header.chainId),
      epoch: header.epoch,
      height: header.height,
      view: header.view,
      parent: byHash(header.parent),
      timeMs: header.timeMs,
      proposer: header.proposer,
      refsDigest: toHex(header.refsDigest),
      logSize: header.logSize,
      logRoots: byHash(header.logRoots),
      stateRoot: byHash(header.stateRoot),
      validatorSetDigest: byHash(header.validatorSetDigest),
    },
    headerBytes: toBase64(bytes),
    digests: byHash(headerDigests(suites, bytes)),
    refs: [],
    certificates: [],
    certifiedBy: header.height,
    firstIndex: 0,
    entryCount: 0,
    submissions: [],
    dropped: [],
  };
}

t.test('a certified block verifies under every suite', async (t) => {
  const { trusted, block } = caseOf('valid/one-record');
  const check = checkOf(block, trusted);
  t.ok(check !== undefined && isFinal(check));
  t.same(
    check?.certificates.map(({ suite, status }) => ({ suite, status })),
    trusted.genesis.suites.map((suite) => ({ suite, status: 'verified' })),
  );
  t.ok(check?.digests.every(({ asNodeSays }) => asNodeSays));
});

t.test('the header shown is the one in the bytes, whatever the node says beside them', async (t) => {
  const { trusted, block, header } = caseOf('valid/one-record');
  const lying = {
    ...block,
    header: { ...block.header, height: 999_999 },
    digests: { sha256: '00'.repeat(32) },
  };
  const check = checkOf(lying, trusted);
  t.equal(check?.header.height, header.height);
  t.ok(check?.digests.every(({ asNodeSays }) => !asNodeSays));
});

t.test('hostile certificates fail with the reason', async (t) => {
  for (const [name, problem] of [
    ['below-quorum', 'certificate-below-quorum'],
    ['bitmap-of-other-signers', 'certificate-signature-invalid'],
    ['certificates-of-other-block', 'certificate-wrong-block'],
  ] as const) {
    const { trusted, block } = caseOf(`hostile/${name}`);
    const check = checkOf(block, trusted);
    t.ok(check !== undefined && !isFinal(check), name);
    t.ok(
      check?.certificates.some((one) => one.status === 'failed' && one.problem === problem),
      `${name}: ${problem}`,
    );
  }
});

t.test('one suite without its certificate is not final', async (t) => {
  const { trusted, block } = caseOf('valid/one-record');
  const check = checkOf({ ...block, certificates: block.certificates.slice(0, 1) }, trusted);
  t.equal(check?.certificates[1]?.status, 'absent');
  t.ok(check !== undefined && !isFinal(check));
});

t.test('header bytes that are none give no check', async (t) => {
  const { trusted, block } = caseOf('valid/one-record');
  t.equal(checkOf({ ...block, headerBytes: 'AAAA' }, trusted), undefined);
  t.equal(checkOf({ ...block, headerBytes: 'not base64' }, trusted), undefined);
});

t.test('a chain holds only if each header names the one before under every suite', async (t) => {
  const { trusted, block, header } = caseOf('valid/one-record');
  const { suites } = trusted.genesis;
  const next: Header = {
    ...header,
    height: asHeight(header.height + 1),
    parent: headerDigests(suites, encodeHeader(header)),
  };
  const checks = (last: Header) =>
    [block, blockOf(trusted, last)].map((one) => {
      const check = checkOf(one, trusted);
      if (check === undefined) throw new Error('unreadable');
      return check;
    });
  t.equal(isChain(checks(next)), true);
  t.equal(isChain(checks({ ...next, height: asHeight(header.height + 2) })), false, 'a height is missing');
  const [first, second] = next.parent;
  if (first === undefined || second === undefined) throw new Error('two suites');
  t.equal(isChain(checks({ ...next, parent: [second, first] })), false, 'digests of other suites');
  t.equal(isChain(checks({ ...next, parent: [first, first] })), false, 'one suite’s digest is wrong');
});

t.test('a block is final by the validators of its own epoch only', async (t) => {
  const name = 'valid/two-epoch-changes';
  const { trusted, block } = caseOf(name);
  const bundle = parseBundle(readVector(name).bundle);
  if (!bundle.ok) throw new Error(bundle.error.code);
  const first = genesisValidatorSet(trusted.genesis);
  const { position } = followEpochs(trusted.chainId, first, bundle.value.epochChain);
  const inOffice = checkBlock(block, trusted, position.validators);
  t.ok(inOffice !== undefined && isFinal(inOffice));
  const byGenesis = checkBlock(block, trusted, first);
  t.strictSame(
    byGenesis?.certificates.map((one) => (one.status === 'failed' ? one.problem : one.status)),
    ['certificate-wrong-epoch', 'certificate-wrong-epoch'],
  );
});

t.test('the last block of an epoch may be certified in a later view', async (t) => {
  const { trusted, block } = caseOf('valid/last-block-of-an-epoch');
  const check = checkOf(block, trusted);
  t.ok(check !== undefined && isFinal(check));
});
