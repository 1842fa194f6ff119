import { quorum } from '@hufu/consensus';
import { equalBytes, type HashName, hash, hashLeaves, hashOf, type SuiteName, toHex } from '@hufu/crypto';
import { type AnyEntry, decodeAnyEntry, digestsOfContent, statedDigests } from './any-entry.ts';
import { type Bundle, parseBundle } from './bundle.ts';
import { type Digests, HASH_NAMES } from './entry.ts';
import {
  compareNames,
  equalDigests,
  type FollowedEpochs,
  findDisorder,
  followEpochs,
} from './epoch-chain.ts';
import { certifies, verifyFinalityCertificate } from './finality-certificate.ts';
import { type Genesis, genesisValidatorSet, parseGenesis } from './genesis.ts';
import { decodeHeader, type Header, headerDigests, type SuiteDigests } from './header.ts';
import { verifyInclusion } from './log.ts';
import { type Decoded, type Problem, refuse } from './problems.ts';
import {
  conclude,
  failed,
  indeterminate,
  passed,
  type Report,
  type StatedRecord,
  type Statements,
  type Step,
  skipped,
} from './report.ts';
import type { ValidatorSet } from './validator-set.ts';
import { validatorSetDigests } from './validator-set.ts';

/** Whom the verifier trusts: the genesis file itself, or its digest under one hash or both. All given must match. */
export interface Trust {
  readonly genesis?: Uint8Array;
  readonly chainId?: Digests;
}

export interface VerifyOptions {
  /** Without it the conclusion is indeterminate at best: anyone can found a network and sign with it. */
  readonly trust?: Trust;
  /** The file that the bundle should be about, or its digests. */
  readonly content?: Uint8Array | Digests;
}

/** Everything of the bundle that could be read. */
interface Subject {
  readonly bundle: Bundle;
  readonly genesis: Genesis;
  readonly chainId: SuiteDigests;
  readonly epochs: FollowedEpochs;
  /** Those of the last epoch that is proven. */
  readonly validators: ValidatorSet;
  readonly header: Header;
  readonly digests: SuiteDigests;
}

/**
 * Verifies a bundle offline. Pure, total, and never throws, whatever the bytes are; the steps and their codes
 * are those of docs/spec/verification-report.md. A bundle whose format, genesis or header cannot be read ends
 * the report there: nothing after it would be about anything.
 */
export function verify(bundleBytes: Uint8Array, options: VerifyOptions = {}): Report {
  const parsed = parseBundle(bundleBytes);
  if (!parsed.ok) return conclude([failed('bundle-format', parsed.error)]);
  const bundle = parsed.value;
  const format = passed('bundle-format', {
    zh: `记录 ${bundle.records.length} 条，序列化规范`,
    en: `${bundle.records.length} record(s), canonical serialisation`,
  });
  const trust = trustStep(bundle.genesis, options.trust);
  const genesis = parseGenesis(bundle.genesis);
  if (!genesis.ok) return conclude([format, trust, failed('genesis', genesis.error)]);
  const before = [format, trust, genesisStep(genesis.value.genesis)];
  const header = readHeader(bundle, genesis.value.chainId);
  if (!header.ok) return conclude([...before, failed('header', header.error)]);
  const genesisValidators = genesisValidatorSet(genesis.value.genesis);
  const epochs = followEpochs(genesis.value.chainId, genesisValidators, bundle.epochChain);
  const subject: Subject = {
    bundle,
    ...genesis.value,
    epochs,
    validators: epochs.position.validators,
    header: header.value,
    digests: headerDigests(genesis.value.genesis.suites, bundle.header),
  };
  return verifySubject(subject, before, options);
}

function verifySubject(subject: Subject, before: readonly Step[], options: VerifyOptions): Report {
  const { suites } = subject.genesis;
  const finality = suites.map((suite) => finalityStep(subject, suite));
  const entries = subject.bundle.records.map((record) => decodeAnyEntry(record.entry));
  const decoded = entries.flatMap((entry) => (entry.ok ? [entry.value] : []));
  const steps = [
    ...before,
    headerStep(subject),
    epochChainStep(subject),
    validatorSetStep(subject),
    suitesStep(subject),
    ...finality.map(({ step }) => step),
    entryStep(entries),
    ...suites.map((suite, i) => inclusionStep(subject, hashOf(suite), i)),
    ...contentSteps(decoded.map(statedDigests), options.content),
  ];
  const signers = Object.fromEntries(finality.map(({ signers }, i) => [suites[i], signers]));
  return conclude(steps, statementsOf(subject, signers, entries));
}

/** Is this the network that the verifier means? Everything else in the bundle hangs from this step. */
function trustStep(genesis: Uint8Array, trust: Trust = {}): Step {
  const given = HASH_NAMES.flatMap((name) => {
    const digest = trust.chainId?.[name];
    return digest === undefined ? [] : [{ name, digest }];
  });
  if (trust.genesis === undefined && given.length === 0) {
    return indeterminate('trust', {
      zh: '未给出所信任的创世文件或链标识，无法判断该证明来自哪个网络',
      en: 'No trusted genesis or chain id was given: it cannot be told whose network this is',
    });
  }
  const differing = given.filter(({ name, digest }) => !equalBytes(digest, hash(name, genesis)));
  if (differing.length > 0 || (trust.genesis !== undefined && !equalBytes(trust.genesis, genesis))) {
    const remark = HASH_NAMES.map((name) => `${name} ${toHex(hash(name, genesis))}`).join(', ');
    return failed('trust', { code: 'trust-mismatch', remark });
  }
  const names = given.map(({ name }) => name);
  return trust.genesis === undefined
    ? passed('trust', {
        zh: `创世文件摘要与所信任的链标识一致（${names.join('、')}）`,
        en: `The genesis digest is the trusted chain id (${names.join(', ')})`,
      })
    : passed('trust', { zh: '与所信任的创世文件逐字节相同', en: 'Byte for byte the trusted genesis' });
}

function genesisStep(genesis: Genesis): Step {
  const suites = genesis.suites.join(', ');
  return passed('genesis', {
    zh: `网络 ${genesis.name}，密码套件 ${suites}`,
    en: `Network ${genesis.name}, suites ${suites}`,
  });
}

function readHeader(bundle: Bundle, chainId: SuiteDigests): Decoded<Header> {
  const header = decodeHeader(bundle.header);
  return header.ok && header.value.chainId.length !== chainId.length
    ? refuse('header-wrong-suites', `${header.value.chainId.length} digests, ${chainId.length} suites`)
    : header;
}

function headerStep({ bundle, chainId, header }: Subject): Step {
  if (!equalDigests(header.chainId, chainId)) {
    return failed('header', { code: 'header-wrong-chain', remark: header.chainId.map(toHex).join(', ') });
  }
  if (header.logSize !== bundle.logSize) {
    return failed('header', {
      code: 'log-size-mismatch',
      remark: `${bundle.logSize}, header ${header.logSize}`,
    });
  }
  const time = new Date(header.timeMs).toISOString();
  return passed('header', {
    zh: `高度 ${header.height}，区块时间 ${time}，账本共 ${header.logSize} 条`,
    en: `Height ${header.height}, block time ${time}, ${header.logSize} entries in the log`,
  });
}

/** Each epoch's validators named the next ones, from the genesis to those of the header's epoch. */
function epochChainStep({ bundle, header, epochs }: Subject): Step {
  const { position, problem } = epochs;
  const steps = bundle.epochChain.length;
  if (problem !== undefined) return failed('epoch-chain', problem);
  if (steps !== header.epoch) {
    return failed('epoch-chain', {
      code: 'epoch-steps-mismatch',
      remark: `${steps} step(s), header of epoch ${header.epoch}`,
    });
  }
  const disorder = findDisorder(header, position);
  if (disorder !== undefined) return failed('epoch-chain', disorder);
  return passed('epoch-chain', {
    zh: steps === 0 ? '纪元 0：验证人即创世文件所列' : `纪元 ${steps}：验证人集合更替 ${steps} 次，次次可证`,
    en:
      steps === 0
        ? 'Epoch 0: the validators of the genesis'
        : `Epoch ${steps}: ${steps} change(s) of validators, each proven`,
  });
}

function validatorSetStep({ validators, header }: Subject): Step {
  const n = validators.validators.length;
  return equalDigests(header.validatorSetDigest, validatorSetDigests(validators))
    ? passed('validator-set', {
        zh: `纪元 ${validators.epoch} 的 ${n} 个验证人，法定数 ${quorum(n)}`,
        en: `The ${n} validators of epoch ${validators.epoch}, quorum ${quorum(n)}`,
      })
    : failed('validator-set', {
        code: 'header-wrong-validators',
        remark: header.validatorSetDigest.map(toHex).join(', '),
      });
}

/** One certificate and one path per suite, in the order of the genesis: nothing less, and nothing unbound more. */
function suitesStep({ bundle, genesis }: Subject): Step {
  const problem =
    compareNames(
      genesis.suites,
      bundle.certificates.map((certificate) => certificate.suite),
      'certificate-missing',
    ) ??
    bundle.records
      .map(({ paths }) => compareNames(genesis.suites.map(hashOf), Object.keys(paths), 'path-missing'))
      .find((found) => found !== undefined);
  return problem === undefined
    ? passed('suites', {
        zh: `${genesis.suites.length} 个密码套件各有一份最终性证书与一条路径`,
        en: `A finality certificate and a path for each of ${genesis.suites.length} suite(s)`,
      })
    : failed('suites', problem);
}

function finalityStep(
  subject: Subject,
  suite: SuiteName,
): { readonly step: Step; readonly signers: readonly string[] } {
  const { bundle, validators, header, digests } = subject;
  const code = `finality-${suite}` as const;
  const fail = (problem: Problem) => ({ step: failed(code, problem), signers: [] });
  const certificate = bundle.certificates.find((candidate) => candidate.suite === suite);
  if (certificate === undefined) return fail({ code: 'certificate-missing', remark: suite });
  const verified = verifyFinalityCertificate(certificate, subject);
  if (!verified.ok) return fail(verified.error);
  if (!certifies(certificate, { ...header, digests }, validators.suites)) {
    return fail({ code: 'certificate-wrong-block', remark: toHex(certificate.headerDigest) });
  }
  const signers = verified.value.map((signer) => validators.validators[signer]?.name ?? '');
  const n = validators.validators.length;
  const step = passed(code, {
    zh: `${n} 个验证人中 ${signers.length} 个签名有效：${signers.join('、')}`,
    en: `${signers.length} of ${n} validators signed: ${signers.join(', ')}`,
  });
  return { step, signers };
}

function entryStep(entries: readonly Decoded<AnyEntry>[]): Step {
  for (const [i, entry] of entries.entries()) {
    if (!entry.ok) {
      return failed('entry', { code: entry.error.code, remark: `record ${i}: ${entry.error.remark}` });
    }
  }
  return passed('entry', {
    zh: `${entries.length} 条条目编码规范`,
    en: `${entries.length} canonical entr${entries.length === 1 ? 'y' : 'ies'}`,
  });
}

/** The record is at this place in the log whose root the certificates make final. */
function inclusionStep({ bundle, header }: Subject, name: HashName, suiteIndex: number): Step {
  const code = `inclusion-${name}` as const;
  const root = header.logRoots[suiteIndex] ?? NOTHING;
  for (const [i, { entry, index, paths }] of bundle.records.entries()) {
    const path = paths[name];
    if (path === undefined) return failed(code, { code: 'path-missing', remark: `record ${i}` });
    if (!verifyInclusion(name, hashLeaves(name, [entry]), index, header.logSize, path, root)) {
      return failed(code, { code: 'path-invalid', remark: `record ${i}, index ${index}` });
    }
  }
  const where = bundle.records.map((record) => record.index).join(', ');
  return passed(code, {
    zh: `位置 ${where}，根 ${toHex(root)}`,
    en: `At index ${where}, root ${toHex(root)}`,
  });
}

/** "This proof is about this file": each digest that record and content have in common must be the same. */
function contentSteps(
  stated: readonly Digests[],
  content: Uint8Array | Digests | undefined,
): readonly Step[] {
  if (content === undefined) {
    const detail = { zh: '未给出内容', en: 'No content was given' };
    return HASH_NAMES.map((name) => skipped(`content-${name}`, detail));
  }
  const given: Digests = content instanceof Uint8Array ? digestsOfContent(content) : content;
  const best = stated.toSorted((a, b) => agreement(b, given) - agreement(a, given))[0];
  const steps = HASH_NAMES.map((name) => compareContent(name, best?.[name], given[name]));
  if (steps.some((step) => step.status !== 'skipped')) return steps;
  return HASH_NAMES.map((name) =>
    indeterminate(`content-${name}`, {
      zh: '内容与记录没有同一算法的摘要，无法比较',
      en: 'Content and record have no digest of the same hash: they cannot be compared',
    }),
  );
}

/** How well digests fit: every difference counts more than any agreement, so the record meant comes first. */
function agreement(stated: Digests, given: Digests): number {
  const both = HASH_NAMES.flatMap((name) => {
    const [a, b] = [stated[name], given[name]];
    return a && b ? [equalBytes(a, b) ? 1 : -HASH_NAMES.length] : [];
  });
  return both.reduce((sum, score) => sum + score, 0);
}

function compareContent(name: HashName, stated: Uint8Array | undefined, given: Uint8Array | undefined): Step {
  const code = `content-${name}` as const;
  if (stated === undefined) {
    return skipped(code, { zh: '记录中没有该算法的摘要', en: 'The record states no digest of this hash' });
  }
  if (given === undefined) {
    return skipped(code, {
      zh: '未给出内容的该算法摘要',
      en: "The content's digest of this hash was not given",
    });
  }
  return equalBytes(stated, given)
    ? passed(code, { zh: `摘要 ${toHex(given)}`, en: `Digest ${toHex(given)}` })
    : failed(code, { code: 'content-mismatch', remark: `${toHex(given)}, anchored ${toHex(stated)}` });
}

function statementsOf(
  subject: Subject,
  signers: Statements['signers'],
  entries: readonly Decoded<AnyEntry>[],
): Statements {
  const { bundle, genesis, header } = subject;
  const hashes = genesis.suites.map(hashOf);
  const byHash = (list: SuiteDigests) =>
    Object.fromEntries(hashes.map((name, i) => [name, toHex(list[i] ?? NOTHING)]));
  const n = subject.validators.validators.length;
  return {
    network: genesis.name,
    chainId: byHash(subject.chainId),
    epoch: header.epoch,
    height: header.height,
    view: header.view,
    timeMs: header.timeMs,
    logSize: header.logSize,
    headerDigest: byHash(subject.digests),
    validators: n,
    quorum: quorum(n),
    signers,
    records: bundle.records.flatMap(({ index }, i) => {
      const entry = entries[i];
      return entry?.ok ? [statedRecord(genesis, index, entry.value)] : [];
    }),
  };
}

function statedRecord(genesis: Genesis, index: number, entry: AnyEntry): StatedRecord {
  const inHex = Object.entries(statedDigests(entry)).map(([name, bytes]) => [name, toHex(bytes)]);
  const digests = Object.fromEntries(inHex);
  if (entry.kind === 'governance') return { kind: 'governance', index, digests };
  const { gateway, serial, claimedTimeMs } = entry.record;
  const gatewayName = genesis.gateways[gateway]?.name;
  return {
    kind: 'evidence',
    index,
    gateway,
    ...(gatewayName !== undefined && { gatewayName }),
    serial,
    claimedTimeMs,
    digests,
  };
}

const NOTHING = new Uint8Array(0);
