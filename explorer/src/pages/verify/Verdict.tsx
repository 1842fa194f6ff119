import {
  CheckCircleFilled,
  CloseCircleFilled,
  DownloadOutlined,
  PrinterOutlined,
  QuestionCircleFilled,
} from '@ant-design/icons';
import type { Conclusion, Digests, Report } from '@hufu/proof';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { download } from '../../data/download.ts';
import { DigestComparison } from './DigestComparison.tsx';
import { FlipOneByte } from './FlipOneByte.tsx';
import { ReportSteps } from './ReportSteps.tsx';
import { ShellCommands } from './ShellCommands.tsx';
import { Stated } from './Stated.tsx';
import type { TrustAnchor } from './use-verification.ts';
import styles from './Verdict.module.css';

/** What the report is about: enough to verify it again. */
export interface Subject {
  readonly bundle: Uint8Array;
  readonly bundleName: string;
  readonly file: File | undefined;
  readonly content: Digests | undefined;
  readonly trust: TrustAnchor;
}

interface VerdictProps {
  readonly subject: Subject;
  readonly report: Report;
}

/** The conclusion, and everything it rests on. */
export function Verdict({ subject, report }: VerdictProps) {
  const { t } = useTranslation();
  const save = (): void =>
    download(`${subject.bundleName}.report.json`, 'application/json', `${JSON.stringify(report, null, 2)}\n`);
  return (
    <>
      <Banner conclusion={report.conclusion} text={useConclusionText(report, subject)}>
        <Button icon={<DownloadOutlined />} onClick={save}>
          {t('verify.downloadReport')}
        </Button>
        <Button icon={<PrinterOutlined />} onClick={() => window.print()}>
          {t('verify.print')}
        </Button>
      </Banner>
      {report.statements === undefined ? null : <Stated statements={report.statements} />}
      {report.statements === undefined || subject.content === undefined ? null : (
        <DigestComparison content={subject.content} records={report.statements.records} />
      )}
      <ReportSteps report={report} />
      <FlipOneByte subject={subject} />
      <ShellCommands subject={subject} />
    </>
  );
}

/** Says of the content only what a step of the report says. */
function useConclusionText({ conclusion, steps }: Report, { file }: Subject): string {
  const { t } = useTranslation();
  if (conclusion !== 'passed') return t(`verify.conclusionText.${conclusion}`);
  const compared = steps.some(({ code, status }) => code.startsWith('content-') && status === 'passed');
  if (!compared) return t('verify.conclusionText.passedRecord');
  return file === undefined
    ? t('verify.conclusionText.passedDigest')
    : t('verify.conclusionText.passedContent');
}

const ICONS: Readonly<Record<Conclusion, ReactNode>> = {
  passed: <CheckCircleFilled />,
  failed: <CloseCircleFilled />,
  indeterminate: <QuestionCircleFilled />,
};

interface BannerProps {
  readonly conclusion: Conclusion;
  readonly text: string;
  readonly children?: ReactNode;
}

/** The conclusion by icon, word and colour. */
export function Banner({ conclusion, text, children }: BannerProps) {
  const { t } = useTranslation();
  return (
    <div className={`${styles.banner} ${styles[conclusion]}`} role="status" data-conclusion={conclusion}>
      <span className={styles.icon}>{ICONS[conclusion]}</span>
      <div className={styles.words}>
        <p className={styles.title}>{t(`verify.conclusion.${conclusion}`)}</p>
        <p className={styles.text}>{text}</p>
      </div>
      <div className={styles.actions}>{children}</div>
    </div>
  );
}
