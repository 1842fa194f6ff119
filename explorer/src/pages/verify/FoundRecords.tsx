import { Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { Failure, NotFound } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Time } from '../../components/Time.tsx';
import { formatEvidenceNumber } from '../../model/evidence-number.ts';
import { formatCount } from '../../model/format.ts';
import styles from './FoundRecords.module.css';
import type { Lookup } from './use-verification.ts';

interface FoundRecordsProps {
  readonly lookup: Lookup;
  /** The record being verified. */
  readonly index: number | undefined;
  readonly onChoose: (index: number) => void;
}

/** What the ledger has of the digests, where no proof was brought. */
export function FoundRecords({ lookup, index, onChoose }: FoundRecordsProps) {
  const { t } = useTranslation();
  switch (lookup.status) {
    case 'idle':
      return null;
    case 'pending':
      return (
        <Panel title={t('verify.lookUpDigest')}>
          <Loading rows={2} />
        </Panel>
      );
    case 'failed':
      return (
        <Panel title={t('verify.lookUpDigest')}>
          <Failure error={lookup.error} notFound={t('verify.notFound')} onRetry={lookup.retry} />
        </Panel>
      );
    case 'found':
      if (lookup.entries.length === 0) {
        return (
          <Panel>
            <NotFound title={t('verify.notFound')}>{t('verify.notFoundHint')}</NotFound>
          </Panel>
        );
      }
      return (
        <Panel title={t('verify.found', { count: lookup.entries.length })}>
          <Radio.Group
            className={styles.group ?? ''}
            aria-label={t('verify.chooseRecord')}
            value={index}
            onChange={(event) => onChoose(event.target.value)}
            options={lookup.entries.map((entry) => ({
              value: entry.index,
              label: (
                <span>
                  {t('record.title', { index: formatCount(entry.index) })} ·{' '}
                  {formatEvidenceNumber(entry.decoded)} · <Time timeMs={entry.timeMs} />
                </span>
              ),
            }))}
          />
        </Panel>
      );
  }
}
