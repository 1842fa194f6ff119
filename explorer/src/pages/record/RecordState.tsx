import type { LedgerEntry } from '@hufu/api';
import type { Report } from '@hufu/proof';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag, type Tone } from '../../components/StatusTag.tsx';
import { Time } from '../../components/Time.tsx';
import type { RecordVerification } from '../../data/record-verification.ts';
import { formatCount } from '../../model/format.ts';
import styles from './RecordState.module.css';

interface RecordStateProps {
  readonly entry: LedgerEntry;
  readonly verification: RecordVerification;
}

/** How far the record has come, oldest first. Only what was checked here is marked as holding. */
export function RecordState({ entry, verification }: RecordStateProps) {
  const { t } = useTranslation();
  const { report, error } = verification;
  const claimedTimeMs = entry.decoded.kind === 'evidence' ? entry.decoded.claimedTimeMs : 0;
  const proven = report?.conclusion === 'passed';
  return (
    <Panel title={t('record.timeline')}>
      <ol className={styles.states}>
        {claimedTimeMs === 0 ? null : (
          <State tone="idle" name={t('record.state.claimed')}>
            <Time timeMs={claimedTimeMs} />
          </State>
        )}
        <State
          tone={proven ? 'ok' : 'idle'}
          name={t('record.state.recorded', { height: formatCount(entry.height) })}
        >
          <Time timeMs={entry.timeMs} />
        </State>
        <Final report={report} failed={error !== null} />
      </ol>
    </Panel>
  );
}

function Final({ report, failed }: { readonly report: Report | undefined; readonly failed: boolean }) {
  const { t } = useTranslation();
  if (failed) {
    return (
      <State tone="warn" name={t('certificate.notFinal')}>
        {t('failure.cannotLookUp')}
      </State>
    );
  }
  if (report === undefined) return <State tone="busy" name={t('record.state.pending')} />;
  const { statements } = report;
  if (report.conclusion !== 'passed' || statements === undefined) {
    return <State tone="bad" name={t('record.state.failed')} />;
  }
  const signers = Math.min(...Object.values(statements.signers).map((names) => names.length));
  return (
    <State tone="ok" name={t('record.state.final')}>
      {t('record.state.finalDetail', { signers, total: statements.validators })}
    </State>
  );
}

interface StateProps {
  readonly tone: Tone;
  readonly name: string;
  readonly children?: ReactNode;
}

function State({ tone, name, children }: StateProps) {
  return (
    <li className={styles.state}>
      <StatusTag tone={tone} look="plain">
        {name}
      </StatusTag>
      <span className={styles.detail}>{children}</span>
    </li>
  );
}
