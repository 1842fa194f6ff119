import { PROBLEMS, type Report, type Step, type StepStatus } from '@hufu/proof';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag, type Tone } from '../../components/StatusTag.tsx';
import { inLanguage } from '../../i18n/in-language.ts';
import styles from './ReportSteps.module.css';

const TONES: Readonly<Record<StepStatus, Tone>> = {
  passed: 'ok',
  failed: 'bad',
  indeterminate: 'warn',
  skipped: 'idle',
};

/** Every step of the report as the verifier gives it, and what it says is not proven. */
export function ReportSteps({ report }: { readonly report: Report }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <Panel
        title={t('verify.steps')}
        hint={t('verify.stepsHint', { count: report.steps.length })}
        body="flush"
      >
        <ol className={styles.steps}>
          {report.steps.map((step) => (
            <StepRow key={step.code} step={step} />
          ))}
        </ol>
      </Panel>
      <Panel title={t('verify.notProven')}>
        <ul className={styles.unproven}>
          {report.notProven.map(({ code, title }) => (
            <li key={code}>{inLanguage(i18n.language, title)}</li>
          ))}
        </ul>
      </Panel>
    </>
  );
}

function StepRow({ step }: { readonly step: Step }) {
  const { t, i18n } = useTranslation();
  return (
    <li className={styles.step} data-step={step.code} data-status={step.status}>
      <span className={styles.status}>
        <StatusTag tone={TONES[step.status]} look="plain">
          {t(`verify.status.${step.status}`)}
        </StatusTag>
      </span>
      <div className={styles.words}>
        <b>{inLanguage(i18n.language, step.title)}</b>
        <p className={styles.detail}>{inLanguage(i18n.language, step.detail)}</p>
        {step.problem === undefined ? null : (
          <p className={styles.remedy}>
            {inLanguage(i18n.language, PROBLEMS[step.problem.code].remedy)} <code>{step.problem.code}</code>
          </p>
        )}
      </div>
    </li>
  );
}
