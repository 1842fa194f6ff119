import type { LedgerEntry } from '@hufu/api';
import { equalBytes, fromBase64 } from '@hufu/crypto';
import { HASH_NAMES } from '@hufu/proof';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Fact, Facts } from '../../components/Facts.tsx';
import { Hash } from '../../components/Hash.tsx';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag } from '../../components/StatusTag.tsx';
import { Time } from '../../components/Time.tsx';
import { queries } from '../../data/queries.ts';
import type { ProvenRecord } from '../../data/record-verification.ts';
import { formatEvidenceNumber } from '../../model/evidence-number.ts';
import { formatCount } from '../../model/format.ts';
import styles from './RecordFacts.module.css';

interface RecordFactsProps {
  readonly entry: LedgerEntry;
  readonly proven: ProvenRecord | undefined;
}

/** What the record says. The proof must be about the very bytes shown. */
export function RecordFacts({ entry, proven }: RecordFactsProps) {
  const { t } = useTranslation();
  const bytes = fromBase64(entry.entry);
  const differs = proven !== undefined && (bytes === undefined || !equalBytes(bytes, proven.record.entry));
  return (
    <Panel title={t('record.facts')} hint={t('record.factsHint')}>
      {differs ? <StatusTag tone="bad">{t('record.entryDiffers')}</StatusTag> : null}
      <Facts facts={useFacts(entry)} />
      <details className={styles.bytes}>
        <summary>{t('record.bytes')}</summary>
        <Hash value={entry.entry} fit="wrap" />
      </details>
    </Panel>
  );
}

function useFacts({ index, height, timeMs, decoded }: LedgerEntry): readonly Fact[] {
  const { t } = useTranslation();
  const gateways = useQuery(queries.gateways());
  const gateway = gateways.data?.gateways.find((known) => known.index === decoded.gateway);
  const facts: Fact[] = [
    {
      key: 'serial',
      name: t('record.serial'),
      help: t('record.help.serial'),
      value: formatEvidenceNumber(decoded),
    },
    { key: 'index', name: t('record.index'), help: t('record.help.index'), value: formatCount(index) },
  ];
  for (const hashName of HASH_NAMES) {
    const digest = decoded.digests[hashName];
    if (digest === undefined) continue;
    const name = `${t('record.digest')} ${t(`hash.${hashName}`)}`;
    facts.push({
      key: hashName,
      name,
      help: t('record.help.digest'),
      value: <Hash value={digest} fit="wrap" />,
    });
  }
  facts.push(
    {
      key: 'block',
      name: t('record.block'),
      value: (
        <>
          <Link to="/blocks/$height" params={{ height: String(height) }}>
            {t('block.title', { height: formatCount(height) })}
          </Link>{' '}
          · <Time timeMs={timeMs} />
        </>
      ),
    },
    {
      key: 'gateway',
      name: t('record.gateway'),
      value:
        gateway === undefined
          ? t('record.gatewayNumber', { gateway: decoded.gateway })
          : t('record.gatewayNamed', {
              name: gateway.name,
              gateway: gateway.index,
              member: gateway.member,
            }),
    },
    {
      key: 'claimed-time',
      name: t('record.claimedTime'),
      help: t('record.help.claimedTime'),
      value:
        decoded.claimedTimeMs === 0 ? (
          t('record.noClaimedTime')
        ) : (
          <Time timeMs={decoded.claimedTimeMs} precise />
        ),
    },
    ...optionalFacts(decoded, t),
  );
  return facts;
}

/** Fields that a record need not have. */
function optionalFacts(
  decoded: LedgerEntry['decoded'],
  t: ReturnType<typeof useTranslation>['t'],
): readonly Fact[] {
  const facts: Fact[] = [];
  const { metadataCommitment, templateDigest, supersedes, relatesTo } = decoded;
  if (metadataCommitment !== undefined) {
    facts.push({
      key: 'metadata',
      name: t('record.metadataCommitment'),
      help: t('record.help.metadataCommitment'),
      value: <Hash value={metadataCommitment} fit="wrap" />,
    });
  }
  if (templateDigest !== undefined) {
    facts.push({
      key: 'template',
      name: t('record.templateDigest'),
      help: t('record.help.templateDigest'),
      value: <Hash value={templateDigest} fit="wrap" />,
    });
  }
  if (supersedes !== undefined) {
    facts.push({ key: 'supersedes', name: t('record.supersedes'), value: <RecordLink index={supersedes} /> });
  }
  if (relatesTo !== undefined) {
    facts.push({ key: 'relates', name: t('record.relatesTo'), value: <RecordLink index={relatesTo} /> });
  }
  return facts;
}

function RecordLink({ index }: { readonly index: number }) {
  return (
    <Link to="/records/$index" params={{ index: String(index) }}>
      {formatCount(index)}
    </Link>
  );
}
