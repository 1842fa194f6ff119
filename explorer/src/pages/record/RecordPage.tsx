import { type LedgerEntry, parseUnsigned } from '@hufu/api';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AntdScope } from '../../components/AntdScope.tsx';
import { Failure, NotFound } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { PageTitle } from '../../components/PageTitle.tsx';
import { Panel } from '../../components/Panel.tsx';
import stack from '../../components/Stack.module.css';
import { StatusTag, type Tone } from '../../components/StatusTag.tsx';
import { queries } from '../../data/queries.ts';
import { useRecordVerification } from '../../data/record-verification.ts';
import { formatCount } from '../../model/format.ts';
import { InclusionPath } from './InclusionPath.tsx';
import { OfflineProof } from './OfflineProof.tsx';
import { RecordFacts } from './RecordFacts.tsx';
import styles from './RecordPage.module.css';
import { RecordState } from './RecordState.tsx';

const route = getRouteApi('/records/$index');

/** One record: what it says, how it stands, and its way to the signed root, recomputed here. */
export function RecordPage() {
  const { t } = useTranslation();
  const params = route.useParams();
  const index = parseUnsigned(params.index);
  return (
    <div className={stack.stack}>
      {index === undefined ? (
        <Panel>
          <NotFound title={t('record.badIndex', { text: params.index })} />
        </Panel>
      ) : (
        <RecordAt key={index} index={index} />
      )}
    </div>
  );
}

function RecordAt({ index }: { readonly index: number }) {
  const { t } = useTranslation();
  const entry = useQuery(queries.entry(index));
  if (entry.data !== undefined) return <LoadedRecord entry={entry.data} />;
  return (
    <>
      <PageTitle>{t('record.title', { index: formatCount(index) })}</PageTitle>
      <Panel>
        {entry.error === null ? (
          <Loading rows={10} />
        ) : (
          <Failure
            error={entry.error}
            notFound={t('record.notFound', { index: formatCount(index) })}
            onRetry={() => void entry.refetch()}
          />
        )}
      </Panel>
    </>
  );
}

const TONES = {
  passed: 'ok',
  failed: 'bad',
  indeterminate: 'warn',
  pending: 'busy',
} as const satisfies Record<string, Tone>;

function LoadedRecord({ entry }: { readonly entry: LedgerEntry }) {
  const { t } = useTranslation();
  const verification = useRecordVerification(entry.index);
  const { proven, report, error } = verification;
  const verdict = report?.conclusion ?? 'pending';
  return (
    <AntdScope>
      <PageTitle
        tag={
          error === null ? (
            <StatusTag tone={TONES[verdict]}>{t(`record.verdict.${verdict}`)}</StatusTag>
          ) : null
        }
      >
        {t('record.title', { index: formatCount(entry.index) })}
      </PageTitle>
      <div className={styles.columns}>
        <RecordFacts entry={entry} proven={proven} />
        <div className={stack.stack}>
          <RecordState entry={entry} verification={verification} />
          <OfflineProof entry={entry} bundle={verification.bundle} />
        </div>
      </div>
      {error === null ? null : (
        <Panel title={t('record.path')}>
          <Failure error={error} notFound={t('record.proofNotReady')} onRetry={verification.retry} />
        </Panel>
      )}
      {proven === undefined ? null : <InclusionPath proven={proven} />}
    </AntdScope>
  );
}
