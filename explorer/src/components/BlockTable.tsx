import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ListedBlock } from '../model/block-window.ts';
import { formatCount } from '../model/format.ts';
import { SHOWN_HASHES } from '../model/hash-names.ts';
import styles from './DataTable.module.css';
import { Hash } from './Hash.tsx';
import { Time } from './Time.tsx';

/** Blocks, one a row, as given. */
export function BlockTable({ blocks }: { readonly blocks: readonly ListedBlock[] }) {
  const { t } = useTranslation();
  // Blocks of one chain have digests under the same hashes; one of them is enough here.
  const hashName = SHOWN_HASHES.find((name) => blocks[0]?.digests[name] !== undefined);
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">{t('block.height')}</th>
          <th scope="col">{t('block.time')}</th>
          <th scope="col" className={styles.number}>
            {t('block.newRecords')}
          </th>
          <th scope="col" className={styles.number}>
            {t('block.logSize')}
          </th>
          <th scope="col" className={styles.wide}>
            {t('block.digest')} {hashName === undefined ? '' : t(`hash.${hashName}`)}
          </th>
        </tr>
      </thead>
      <tbody>
        {blocks.map((block) => {
          const digest = (hashName === undefined ? undefined : block.digests[hashName]) ?? '';
          return (
            <tr key={block.height} data-height={block.height}>
              <td data-label={t('block.height')}>
                <Link
                  to="/blocks/$height"
                  params={{ height: String(block.height) }}
                  className={styles.key ?? ''}
                >
                  {formatCount(block.height)}
                </Link>
              </td>
              <td data-label={t('block.time')}>
                <Time timeMs={block.timeMs} />
              </td>
              <td data-label={t('block.newRecords')} className={styles.number}>
                {block.entryCount === 0 ? (
                  <span className={styles.none}>0</span>
                ) : (
                  formatCount(block.entryCount)
                )}
              </td>
              <td data-label={t('block.logSize')} className={styles.number}>
                {formatCount(block.logSize)}
              </td>
              <td data-label={t('block.digest')} className={styles.wide}>
                <Hash value={digest} copy={false} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
