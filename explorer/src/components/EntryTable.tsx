import type { EvidenceEntry, LedgerEntry } from '@hufu/api';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { formatEvidenceNumber } from '../model/evidence-number.ts';
import { formatCount } from '../model/format.ts';
import { SHOWN_HASHES } from '../model/hash-names.ts';
import table from './DataTable.module.css';
import styles from './EntryTable.module.css';
import { Hash } from './Hash.tsx';
import { Time } from './Time.tsx';

interface EntryTableProps {
  readonly entries: readonly LedgerEntry[];
  /** Where the entries are of different blocks, each row says which. */
  readonly showBlock?: boolean;
}

/** Records, one a row; which of a record's digests is shown depends on what it carries. */
export function EntryTable({ entries, showBlock = false }: EntryTableProps) {
  const { t } = useTranslation();
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">{t('record.index')}</th>
          <th scope="col">{t('record.serial')}</th>
          {showBlock ? <th scope="col">{t('block.time')}</th> : null}
          <th scope="col" className={table.wide}>
            {t('record.digest')}
          </th>
        </tr>
      </thead>
      <tbody>
        {entries.map(({ index, timeMs, decoded }) => (
          <tr key={index} data-index={index}>
            <td data-label={t('record.index')}>
              <Link to="/records/$index" params={{ index: String(index) }} className={table.key ?? ''}>
                {formatCount(index)}
              </Link>
            </td>
            <td data-label={t('record.serial')}>
              {decoded.kind === 'evidence' ? formatEvidenceNumber(decoded) : t('record.governance')}
            </td>
            {showBlock ? (
              <td data-label={t('block.time')}>
                <Time timeMs={timeMs} />
              </td>
            ) : null}
            <td data-label={t('record.digest')} className={table.wide}>
              <EntryDigest
                digests={decoded.kind === 'evidence' ? decoded.digests : decoded.documentDigests}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** One of the record's digests, and under which hash. */
function EntryDigest({ digests }: { readonly digests: EvidenceEntry['digests'] }) {
  const { t } = useTranslation();
  const hashName = SHOWN_HASHES.find((name) => digests[name] !== undefined);
  if (hashName === undefined) return null;
  return (
    <span className={styles.digest}>
      <span className={styles.hash}>{t(`hash.${hashName}`)}</span>
      <Hash value={digests[hashName] ?? ''} />
    </span>
  );
}
