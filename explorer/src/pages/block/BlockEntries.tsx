import type { BlockDetail } from '@hufu/api';
import { useQuery } from '@tanstack/react-query';
import { Pagination } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EntryTable } from '../../components/EntryTable.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { Panel } from '../../components/Panel.tsx';
import { queries } from '../../data/queries.ts';
import { formatCount } from '../../model/format.ts';
import styles from './BlockEntries.module.css';

const PAGE_ENTRIES = 20;

/** The block's records, a page at a time. */
export function BlockEntries({ block }: { readonly block: BlockDetail }) {
  const { t } = useTranslation();
  const { entryCount, header } = block;
  const [page, setPage] = useState(1);
  const entries = useQuery({
    ...queries.blockEntries(header.height, (page - 1) * PAGE_ENTRIES, PAGE_ENTRIES),
    enabled: entryCount > 0,
  });
  return (
    <Panel
      title={t('block.records')}
      hint={t('block.count', { count: formatCount(entryCount) })}
      body="flush"
    >
      {entryCount === 0 ? <p className={styles.empty}>{t('block.noRecords')}</p> : null}
      {entries.data === undefined ? null : <EntryTable entries={entries.data.entries} />}
      {entries.isLoading ? <Loading /> : null}
      {entries.error === null ? null : (
        <Failure
          error={entries.error}
          notFound={t('block.notFound', { height: formatCount(header.height) })}
          onRetry={() => void entries.refetch()}
        />
      )}
      {entryCount <= PAGE_ENTRIES ? null : (
        <div className={styles.pages}>
          <Pagination
            current={page}
            pageSize={PAGE_ENTRIES}
            total={entryCount}
            showSizeChanger={false}
            onChange={setPage}
            size="small"
          />
        </div>
      )}
    </Panel>
  );
}
