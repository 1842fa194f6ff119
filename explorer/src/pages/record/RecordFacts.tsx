import type { EvidenceEntry, GovernanceEntry, LedgerEntry } from '@hufu/api';
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
import { GovernanceChanges, useValidatorNames } from './GovernanceChanges.tsx';
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
      {entry.decoded.kind === 'evidence' ? (
        <EvidenceFacts entry={entry} decoded={entry.decoded} />
      ) : (
        <GovernanceFacts entry={entry} decoded={entry.decoded} />
      )}
      <details className={styles.bytes}>
        <summary>{t('record.bytes')}</summary>
        <Hash value={entry.entry} fit="wrap" />
      </details>
    </Panel>
  );
}

/** The record's place in the ledger, which every kind has. */
function placeFacts(
  { index, height, timeMs }: LedgerEntry,
  t: ReturnType<typeof useTranslation>['t'],
): readonly [Fact, Fact] {
  return [
    { key: 'index', name: t('record.index'), help: t('record.help.index'), value: formatCount(index) },
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
  ];
}

function digestFacts(
  digests: EvidenceEntry['digests'],
  help: string,
  t: ReturnType<typeof useTranslation>['t'],
): readonly Fact[] {
  return HASH_NAMES.flatMap((hashName) => {
    const digest = digests[hashName];
    if (digest === undefined) return [];
    const name = `${t('record.digest')} ${t(`hash.${hashName}`)}`;
    return [{ key: hashName, name, help, value: <Hash value={digest} fit="wrap" /> }];
  });
}

function GovernanceFacts({
  entry,
  decoded,
}: {
  readonly entry: LedgerEntry;
  readonly decoded: GovernanceEntry;
}) {
  const { t } = useTranslation();
  const [index, block] = placeFacts(entry, t);
  const approved = useValidatorNames(decoded.epoch, decoded.approvals);
  const facts: Fact[] = [
    { key: 'kind', name: t('record.governance'), value: t('record.endsEpoch', { epoch: decoded.epoch }) },
    index,
    ...digestFacts(decoded.documentDigests, t('record.help.documentDigest'), t),
    block,
    { key: 'approvals', name: t('record.approvals'), value: approved },
  ];
  return (
    <>
      <Facts facts={facts} />
      <GovernanceChanges entry={entry.entry} epoch={decoded.epoch} />
    </>
  );
}

function EvidenceFacts({ entry, decoded }: { readonly entry: LedgerEntry; readonly decoded: EvidenceEntry }) {
  const { t } = useTranslation();
  const gateways = useQuery(queries.gateways());
  const gateway = gateways.data?.gateways.find((known) => known.index === decoded.gateway);
  const [index, block] = placeFacts(entry, t);
  const facts: Fact[] = [
    {
      key: 'serial',
      name: t('record.serial'),
      help: t('record.help.serial'),
      value: formatEvidenceNumber(decoded),
    },
    index,
    ...digestFacts(decoded.digests, t('record.help.digest'), t),
    block,
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
  ];
  return <Facts facts={facts} />;
}

/** Fields that a record need not have. */
function optionalFacts(decoded: EvidenceEntry, t: ReturnType<typeof useTranslation>['t']): readonly Fact[] {
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
