import type { HashName, SuiteName } from '@hufu/crypto';
import { PROBLEMS, type Problem, type Text } from './problems.ts';

export const REPORT_FORMAT = 'hufu-verification-report/1';

/**
 * - passed: checked, and it holds
 * - failed: checked, and it does not hold
 * - indeterminate: it cannot be told from what was given; never to be shown as passed
 * - skipped: not asked for
 */
export type StepStatus = 'passed' | 'failed' | 'indeterminate' | 'skipped';

export type Conclusion = 'passed' | 'failed' | 'indeterminate';

/** Stable: part of docs/spec/verification-report.md. */
export type StepCode =
  | 'bundle-format'
  | 'trust'
  | 'genesis'
  | 'header'
  | 'epoch-chain'
  | 'validator-set'
  | 'suites'
  | `finality-${SuiteName}`
  | 'entry'
  | `inclusion-${HashName}`
  | `content-${HashName}`;

export interface Step {
  readonly code: StepCode;
  readonly status: StepStatus;
  readonly title: Text;
  readonly detail: Text;
  /** Why it failed. */
  readonly problem?: Problem;
}

/** What the best of proofs leaves open, or this one does. */
export interface Unproven {
  readonly code: UnprovenCode;
  readonly title: Text;
}

/** What the bundle states, bytes in lower-case hex. Worth what the conclusion is worth. */
export interface Statements {
  readonly network: string;
  readonly chainId: { readonly [name in HashName]?: string };
  readonly epoch: number;
  readonly height: number;
  readonly view: number;
  readonly timeMs: number;
  readonly logSize: number;
  readonly headerDigest: { readonly [name in HashName]?: string };
  readonly validators: number;
  readonly quorum: number;
  /** Names of the validators whose signatures verified. */
  readonly signers: { readonly [suite in SuiteName]?: readonly string[] };
  readonly records: readonly StatedRecord[];
}

/** An entry of the log. */
export type StatedRecord = StatedEvidence | StatedGovernance;

export interface StatedEvidence {
  readonly kind: 'evidence';
  readonly index: number;
  readonly gateway: number;
  readonly gatewayName?: string;
  readonly serial: number;
  readonly claimedTimeMs: number;
  readonly digests: { readonly [name in HashName]?: string };
}

export interface StatedGovernance {
  readonly kind: 'governance';
  readonly index: number;
  /** Of the governance document. */
  readonly digests: { readonly [name in HashName]?: string };
}

/** The outcome of `verify`; plain JSON. */
export interface Report {
  readonly format: typeof REPORT_FORMAT;
  readonly conclusion: Conclusion;
  readonly steps: readonly Step[];
  readonly notProven: readonly Unproven[];
  /** Absent when the bundle, its genesis or its header could not be read. */
  readonly statements?: Statements;
}

const TITLES = {
  'bundle-format': { zh: '证明文件格式', en: 'Format of the bundle' },
  trust: { zh: '信任锚（创世文件）', en: 'Trust anchor (genesis)' },
  genesis: { zh: '创世文件内容', en: 'Content of the genesis' },
  header: { zh: '区块头属于该网络', en: 'Header belongs to the network' },
  'epoch-chain': { zh: '自创世起的验证人更替', en: 'Validators from the genesis on' },
  'validator-set': { zh: '验证人集合', en: 'Validator set' },
  suites: { zh: '各密码套件的证明齐全', en: 'Proof complete for every suite' },
  'finality-ed25519-sha256': { zh: '最终性签名（Ed25519）', en: 'Finality signatures (Ed25519)' },
  'finality-sm2-sm3': { zh: '最终性签名（SM2）', en: 'Finality signatures (SM2)' },
  entry: { zh: '账本条目', en: 'Ledger entry' },
  'inclusion-sha256': { zh: '收录于账本（SHA-256）', en: 'Included in the log (SHA-256)' },
  'inclusion-sm3': { zh: '收录于账本（SM3）', en: 'Included in the log (SM3)' },
  'content-sha256': { zh: '内容与存证一致（SHA-256）', en: 'Content is what was anchored (SHA-256)' },
  'content-sm3': { zh: '内容与存证一致（SM3）', en: 'Content is what was anchored (SM3)' },
} as const satisfies Record<StepCode, Text>;

const UNPROVEN = {
  'record-anchored': {
    zh: '该记录已被账本收录（本次核验未通过，什么都没有证明）',
    en: 'that the record is in the ledger: this verification did not pass, so it proves nothing',
  },
  network: {
    zh: '证明所属网络就是所指的网络（未给出所信任的创世文件）',
    en: 'that the network is the one meant: no trusted genesis was given',
  },
  content: {
    zh: '某个文件就是存证的内容（未给出可比对的内容）',
    en: 'that any file is the anchored content: nothing to compare was given',
  },
  'content-truth': {
    zh: '内容在存证之前是否真实、是否被修改',
    en: 'that the content was true, or unaltered, before it was anchored',
  },
  'submitter-claims': {
    zh: '提交方自报的时间与元数据属实',
    en: "that the submitter's claimed time and metadata are true",
  },
  time: {
    zh: '精确时间：区块时间由验证人在允许偏差内认可，并非可信时间戳',
    en: 'exact time: validators accept a block time within a tolerance; it is no time-stamp token',
  },
  'validator-honesty': {
    zh: '验证人多数诚实：法定数的验证人（包括以往纪元的）合谋可以签署另一份账本',
    en: 'that the validators are honest: a quorum in collusion, also of a past epoch, could sign another ledger',
  },
  'later-records': {
    zh: '此后没有记录取代或更正该记录',
    en: 'that no later record supersedes or corrects this one',
  },
} as const satisfies Record<string, Text>;

export type UnprovenCode = keyof typeof UNPROVEN;

export function passed(code: StepCode, detail: Text): Step {
  return { code, status: 'passed', title: TITLES[code], detail };
}

export function failed(code: StepCode, problem: Problem): Step {
  const { zh, en } = PROBLEMS[problem.code].title;
  const detail = { zh: `${zh}（${problem.remark}）`, en: `${en} (${problem.remark})` };
  return { code, status: 'failed', title: TITLES[code], detail, problem };
}

export function indeterminate(code: StepCode, detail: Text): Step {
  return { code, status: 'indeterminate', title: TITLES[code], detail };
}

export function skipped(code: StepCode, detail: Text): Step {
  return { code, status: 'skipped', title: TITLES[code], detail };
}

/** Draws the conclusion: failed if any step failed, else indeterminate if any is, else passed. */
export function conclude(steps: readonly Step[], statements?: Statements): Report {
  const has = (status: StepStatus): boolean => steps.some((step) => step.status === status);
  const conclusion = has('failed') ? 'failed' : has('indeterminate') ? 'indeterminate' : 'passed';
  const codes: UnprovenCode[] = [];
  if (conclusion === 'failed') codes.push('record-anchored');
  if (steps.some((step) => step.code === 'trust' && step.status === 'indeterminate')) codes.push('network');
  if (!steps.some((step) => step.code.startsWith('content-') && step.status === 'passed'))
    codes.push('content');
  codes.push('content-truth', 'submitter-claims', 'time', 'validator-honesty', 'later-records');
  return {
    format: REPORT_FORMAT,
    conclusion,
    steps,
    notProven: codes.map((code) => ({ code, title: UNPROVEN[code] })),
    ...(statements && { statements }),
  };
}
