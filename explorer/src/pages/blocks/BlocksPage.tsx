import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { BlockTable } from '../../components/BlockTable.tsx';
import { Failure, NotFound } from '../../components/Failure.tsx';
import button from '../../components/LinkButton.module.css';
import { Loading } from '../../components/Loading.tsx';
import { PageTitle } from '../../components/PageTitle.tsx';
import { Panel } from '../../components/Panel.tsx';
import stack from '../../components/Stack.module.css';
import { queries } from '../../data/queries.ts';

const PAGE_BLOCKS = 50;
const route = getRouteApi('/blocks');

/** All blocks, a page at a time. The address names the height a page is below, so it always shows the same. */
export function BlocksPage() {
  const { t } = useTranslation();
  const { before } = route.useSearch();
  const page = useQuery({ ...queries.blocks(before, PAGE_BLOCKS), staleTime: 0 });
  const blocks = page.data?.blocks;
  return (
    <div className={stack.stack}>
      <PageTitle extra={<Turn before={before} blocks={blocks} />}>{t('block.listTitle')}</PageTitle>
      <Panel body="flush">
        {page.error !== null ? (
          <Failure error={page.error} notFound={t('home.noBlock')} onRetry={() => void page.refetch()} />
        ) : blocks === undefined ? (
          <Loading rows={12} />
        ) : blocks.length === 0 ? (
          <NotFound title={t('home.noBlock')}>{t('home.noBlockHint')}</NotFound>
        ) : (
          <BlockTable blocks={blocks} />
        )}
      </Panel>
    </div>
  );
}

interface TurnProps {
  readonly before: number | undefined;
  readonly blocks: readonly { readonly height: number }[] | undefined;
}

function Turn({ before, blocks }: TurnProps) {
  const { t } = useTranslation();
  const lowest = blocks?.[blocks.length - 1]?.height;
  const disabled = `${button.button} ${button.disabled}`;
  const enabled = button.button ?? '';
  return (
    <>
      <Link to="/blocks" search={{}} className={before === undefined ? disabled : enabled}>
        {t('block.newest')}
      </Link>
      <Link
        to="/blocks"
        search={before === undefined ? {} : { before: before + PAGE_BLOCKS }}
        disabled={before === undefined}
        className={before === undefined ? disabled : enabled}
      >
        {t('block.newer')}
      </Link>
      <Link
        to="/blocks"
        search={lowest === undefined ? {} : { before: lowest }}
        disabled={lowest === undefined || lowest <= 1}
        className={lowest === undefined || lowest <= 1 ? disabled : enabled}
      >
        {t('block.older')}
      </Link>
    </>
  );
}
