import { err, type Result } from '@hufu/crypto';

/** What people read, in both languages of the product. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

interface ProblemText {
  readonly title: Text;
  readonly remedy: Text;
}

const REGET: Text = { zh: '请从节点或网关重新获取。', en: 'Get it again from a node or a gateway.' };
const OTHER_CHAIN: Text = {
  zh: '请确认所信任的创世文件与证明来自同一网络。',
  en: 'Check that the trusted genesis and the proof are of the same network.',
};
const ASK_ISSUER: Text = {
  zh: '请向证明的出具方索取另一份；若仍如此，应视为伪造或损坏。',
  en: 'Ask whoever issued the proof for another copy; if that fails too, treat it as forged or damaged.',
};
const PROPOSE_AGAIN: Text = {
  zh: '请对当前纪元重新提出、批准治理文件。',
  en: 'Propose the change for the current epoch and have it approved again.',
};

/** Every way in which bytes can be refused. Codes are stable: they are part of docs/spec/. */
export const PROBLEMS = {
  'entry-malformed': {
    title: { zh: '账本条目编码不规范', en: 'The entry is not canonically encoded' },
    remedy: REGET,
  },
  'submission-malformed': {
    title: { zh: '提交编码不规范', en: 'The submission is not canonically encoded' },
    remedy: { zh: '请按 docs/spec/submission.md 编码。', en: 'Encode it as docs/spec/submission.md says.' },
  },
  'submission-record-mismatch': {
    title: {
      zh: '提交中的记录与其网关或序号不符',
      en: 'A record in the submission names another gateway or serial than the submission gives it',
    },
    remedy: { zh: '请按序号重新组成提交。', en: 'Build the submission again, serials in order.' },
  },
  'batch-malformed': {
    title: { zh: '批次载荷编码不规范', en: 'The batch payload is not canonically encoded' },
    remedy: REGET,
  },
  'header-malformed': {
    title: { zh: '区块头编码不规范', en: 'The header is not canonically encoded' },
    remedy: REGET,
  },
  'validator-set-malformed': {
    title: { zh: '验证人集合编码不规范', en: 'The validator set is not canonically encoded' },
    remedy: REGET,
  },
  'genesis-too-large': {
    title: { zh: '创世文件过大', en: 'The genesis file is too large' },
    remedy: REGET,
  },
  'genesis-malformed': {
    title: { zh: '创世文件不符合格式', en: 'The genesis file is not in the format' },
    remedy: { zh: '请按 docs/spec/genesis.md 修正。', en: 'Correct it as docs/spec/genesis.md says.' },
  },
  'genesis-not-canonical': {
    title: {
      zh: '创世文件的字节不是规范序列化',
      en: 'The genesis bytes are not the canonical serialisation',
    },
    remedy: {
      zh: '请用本软件生成创世文件，勿手工编辑。',
      en: 'Have the genesis file written by this software; do not edit it by hand.',
    },
  },
  'genesis-inconsistent': {
    title: { zh: '创世文件内容自相矛盾', en: 'The genesis file contradicts itself' },
    remedy: { zh: '请按 docs/spec/genesis.md 修正。', en: 'Correct it as docs/spec/genesis.md says.' },
  },
  'governance-malformed': {
    title: {
      zh: '治理文件或治理操作不符合格式',
      en: 'The governance document or action is not in the format',
    },
    remedy: { zh: '请按 docs/spec/governance.md 修正。', en: 'Correct it as docs/spec/governance.md says.' },
  },
  'governance-wrong-chain': {
    title: { zh: '治理文件属于另一条链', en: 'The governance document is of another chain' },
    remedy: OTHER_CHAIN,
  },
  'governance-wrong-epoch': {
    title: { zh: '治理文件针对另一纪元', en: 'The governance document is for another epoch' },
    remedy: PROPOSE_AGAIN,
  },
  'governance-inconsistent': {
    title: {
      zh: '新登记表自相矛盾，或不能接续当前登记表',
      en: 'The next registry contradicts itself or cannot follow the current one',
    },
    remedy: { zh: '请按 docs/spec/governance.md 修正。', en: 'Correct it as docs/spec/governance.md says.' },
  },
  'governance-not-approved': {
    title: { zh: '批准治理操作的验证人不足', en: 'Too few validators approve the governance action' },
    remedy: {
      zh: '请征集更多验证人机构的批准。',
      en: 'Collect approvals of more of the members that run validators.',
    },
  },
  'governance-not-ready': {
    title: {
      zh: '有新验证人未声明就绪，或其声明的高度不在本纪元内',
      en: 'A new validator has not declared that it is ready, or declared it for a height outside the epoch',
    },
    remedy: {
      zh: '请让新节点同步后重新声明就绪。',
      en: 'Let the new node synchronise, then have it declare readiness again.',
    },
  },
  'governance-bad-signature': {
    title: {
      zh: '治理操作中有签名无效',
      en: 'A signature of the governance action does not verify',
    },
    remedy: PROPOSE_AGAIN,
  },
  'certificate-malformed': {
    title: { zh: '最终性证书编码不规范', en: 'The finality certificate is not canonically encoded' },
    remedy: REGET,
  },
  'certificate-missing': {
    title: { zh: '缺少该密码套件的最终性证书', en: 'The finality certificate of this suite is missing' },
    remedy: ASK_ISSUER,
  },
  'certificate-wrong-suite': {
    title: { zh: '证书属于另一密码套件', en: 'The certificate is of another suite' },
    remedy: ASK_ISSUER,
  },
  'certificate-wrong-chain': {
    title: { zh: '证书属于另一条链', en: 'The certificate is of another chain' },
    remedy: OTHER_CHAIN,
  },
  'certificate-wrong-epoch': {
    title: { zh: '证书属于另一纪元', en: 'The certificate is of another epoch' },
    remedy: ASK_ISSUER,
  },
  'certificate-wrong-validators': {
    title: { zh: '证书属于另一验证人集合', en: 'The certificate is of another validator set' },
    remedy: ASK_ISSUER,
  },
  'certificate-wrong-block': {
    title: { zh: '证书属于另一区块', en: 'The certificate is of another block' },
    remedy: ASK_ISSUER,
  },
  'certificate-bitmap-invalid': {
    title: { zh: '证书的签名人位图无效', en: "The certificate's bitmap of signers is invalid" },
    remedy: ASK_ISSUER,
  },
  'certificate-below-quorum': {
    title: { zh: '签名人数未达法定数', en: 'Fewer signers than the quorum' },
    remedy: ASK_ISSUER,
  },
  'certificate-signature-invalid': {
    title: { zh: '有签名无效', en: 'A signature does not verify' },
    remedy: ASK_ISSUER,
  },
  'bundle-too-large': {
    title: { zh: '证明文件过大', en: 'The bundle is too large' },
    remedy: REGET,
  },
  'bundle-not-json': {
    title: { zh: '证明文件不是 JSON', en: 'The bundle is not JSON' },
    remedy: {
      zh: '请确认选择的是 .hufu.json 证明文件。',
      en: 'Check that the file chosen is a .hufu.json bundle.',
    },
  },
  'bundle-unknown-format': {
    title: { zh: '未知的证明文件格式版本', en: 'The bundle is of a format or version unknown here' },
    remedy: { zh: '请使用更新的核验软件。', en: 'Use a newer verifier.' },
  },
  'bundle-malformed': {
    title: { zh: '证明文件不符合格式', en: 'The bundle is not in the format' },
    remedy: REGET,
  },
  'bundle-not-canonical': {
    title: { zh: '证明文件的字节不是规范序列化', en: 'The bundle bytes are not the canonical serialisation' },
    remedy: {
      zh: '文件在传递中被改动（如编辑器重排），请重新获取原文件。',
      en: 'The file was altered on its way (an editor may have reformatted it): get the original again.',
    },
  },
  'bundle-surplus': {
    title: { zh: '证明文件含有多余的证书或路径', en: 'The bundle carries a surplus certificate or path' },
    remedy: ASK_ISSUER,
  },
  'log-size-mismatch': {
    title: { zh: '日志大小与区块头不一致', en: "The log size is not the header's" },
    remedy: ASK_ISSUER,
  },
  'header-wrong-chain': {
    title: { zh: '区块头属于另一条链', en: 'The header is of another chain' },
    remedy: OTHER_CHAIN,
  },
  'header-wrong-suites': {
    title: { zh: '区块头的摘要数与密码套件数不符', en: 'The header has not one digest per suite' },
    remedy: ASK_ISSUER,
  },
  'header-wrong-epoch': {
    title: { zh: '区块头属于另一纪元', en: 'The header is of another epoch' },
    remedy: ASK_ISSUER,
  },
  'header-wrong-validators': {
    title: { zh: '区块头指向另一验证人集合', en: 'The header names another validator set' },
    remedy: ASK_ISSUER,
  },
  'epoch-steps-mismatch': {
    title: {
      zh: '纪元链的步数与区块头的纪元不符',
      en: "The epoch chain has not one step for each epoch before the header's",
    },
    remedy: ASK_ISSUER,
  },
  'epoch-not-ended': {
    title: { zh: '该区块头没有结束其纪元', en: 'The header does not end its epoch' },
    remedy: ASK_ISSUER,
  },
  'epoch-wrong-next-validators': {
    title: {
      zh: '下一纪元的验证人集合不是已签名的那一个',
      en: "The next epoch's validator set is not the one that was signed",
    },
    remedy: ASK_ISSUER,
  },
  'epoch-out-of-order': {
    title: {
      zh: '区块头的高度或视图不晚于上一纪元的末块',
      en: "The header's height or view is not after the epoch before",
    },
    remedy: ASK_ISSUER,
  },
  'trust-mismatch': {
    title: { zh: '创世文件不是所信任的那一份', en: 'The genesis is not the trusted one' },
    remedy: OTHER_CHAIN,
  },
  'path-missing': {
    title: { zh: '缺少该散列算法的包含路径', en: 'The inclusion path of this hash is missing' },
    remedy: ASK_ISSUER,
  },
  'path-invalid': {
    title: { zh: '包含路径不通向已签名的根', en: 'The inclusion path does not lead to the signed root' },
    remedy: ASK_ISSUER,
  },
  'content-mismatch': {
    title: { zh: '内容与存证摘要不符', en: 'The content is not what was anchored' },
    remedy: {
      zh: '请确认核验的是存证时的原始文件，未经转存、压缩或编辑。',
      en: 'Check that this is the very file that was anchored, not re-saved, compressed or edited.',
    },
  },
} as const satisfies Record<string, ProblemText>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Why a governance action does not apply. */
export type GovernanceFault = Extract<ProblemCode, `governance-${string}`>;

/** Why bytes were refused: a stable code, and a technical remark in English for logs. */
export interface Problem {
  readonly code: ProblemCode;
  readonly remark: string;
}

export interface GovernanceProblem extends Problem {
  readonly code: GovernanceFault;
}

export type Decoded<T> = Result<T, Problem>;

interface Refusal<C extends ProblemCode> {
  readonly ok: false;
  readonly error: { readonly code: C; readonly remark: string };
}

/** A refusal. */
export function refuse<const C extends ProblemCode>(code: C, remark: string): Refusal<C> {
  return err({ code, remark });
}
