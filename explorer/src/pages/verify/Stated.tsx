import type { StatedRecord, Statements } from '@hufu/proof';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Fact, Facts } from '../../components/Facts.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Time } from '../../components/Time.tsx';
import { formatEvidenceNumber } from '../../model/evidence-number.ts';
import { formatCount } from '../../model/format.ts';

/** A proof may be of 1,000 records; this many are listed. */
const MAX_LISTED_RECORDS = 20;

/** What the proof says, in the reader's words. It is worth what the conclusion above is worth. */
export function Stated({ statements }: { readonly statements: Statements }) {
  const { t } = useTranslation();
  const { network, epoch, height, timeMs, records } = statements;
  const nameOf = (record: StatedRecord): string => {
    if (record.kind === 'governance') return t('record.governance');
    const { gatewayName } = record;
    return `${formatEvidenceNumber(record)}${gatewayName === undefined ? '' : ` · ${gatewayName}`}`;
  };
  const facts: Fact[] = [
    { key: 'network', name: t('members.network'), value: network },
    { key: 'epoch', name: t('block.field.epoch'), value: formatCount(epoch) },
    {
      key: 'block',
      name: t('verify.checkpoint'),
      value: (
        <>
          {t('block.title', { height: formatCount(height) })} · <Time timeMs={timeMs} />
        </>
      ),
    },
    ...records.slice(0, MAX_LISTED_RECORDS).map((record) => ({
      key: `record/${record.index}`,
      name: t('verify.record'),
      value: (
        <>
          <Link to="/records/$index" params={{ index: String(record.index) }}>
            {t('record.title', { index: formatCount(record.index) })}
          </Link>{' '}
          · {nameOf(record)}
        </>
      ),
    })),
    ...(records.length <= MAX_LISTED_RECORDS
      ? []
      : [
          {
            key: 'more',
            name: '',
            value: t('verify.moreRecords', { count: records.length - MAX_LISTED_RECORDS }),
          },
        ]),
  ];
  return (
    <Panel title={t('verify.stated')} hint={t('verify.statedHint')}>
      <Facts facts={facts} />
    </Panel>
  );
}
