import { type BlockDetail, parseUnsigned } from '@hufu/api';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AntdScope } from '../../components/AntdScope.tsx';
import { Failure, NotFound } from '../../components/Failure.tsx';
import button from '../../components/LinkButton.module.css';
import { Loading } from '../../components/Loading.tsx';
import { PageTitle } from '../../components/PageTitle.tsx';
import { Panel } from '../../components/Panel.tsx';
import stack from '../../components/Stack.module.css';
import { StatusTag } from '../../components/StatusTag.tsx';
import { type BlockVerification, useBlockVerification } from '../../data/block-verification.ts';
import { queries } from '../../data/queries.ts';
import { formatCount } from '../../model/format.ts';
import { BlockEntries } from './BlockEntries.tsx';
import { Certificates } from './Certificates.tsx';
import { DroppedSubmissions } from './DroppedSubmissions.tsx';
import { EpochEnd } from './EpochEnd.tsx';
import { HeaderFacts } from './HeaderFacts.tsx';

const route = getRouteApi('/blocks/$height');

/** One block: its header as this browser reads and checks it, who signed, and its records. */
export function BlockPage() {
  const { t } = useTranslation();
  const params = route.useParams();
  const height = parseUnsigned(params.height);
  return (
    <div className={stack.stack}>
      {height === undefined ? (
        <Panel>
          <NotFound title={t('block.badHeight', { text: params.height })} />
        </Panel>
      ) : (
        <Block key={height} height={height} />
      )}
    </div>
  );
}

function Block({ height }: { readonly height: number }) {
  const { t } = useTranslation();
  const block = useQuery(queries.block(height));
  if (block.data !== undefined) return <LoadedBlock block={block.data} />;
  return (
    <>
      <PageTitle extra={<Neighbours height={height} />}>
        {t('block.title', { height: formatCount(height) })}
      </PageTitle>
      <Panel>
        {block.error === null ? (
          <Loading rows={10} />
        ) : (
          <Failure
            error={block.error}
            notFound={t('block.notFound', { height: formatCount(height) })}
            onRetry={() => void block.refetch()}
          />
        )}
      </Panel>
    </>
  );
}

const PROBLEM_TEXTS = {
  'header-unreadable': 'block.headerUnreadable',
  'genesis-unreadable': 'block.genesisUnreadable',
  'epoch-unproven': 'epoch.unproven',
} as const satisfies Record<NonNullable<BlockVerification['problem']>, string>;

function LoadedBlock({ block }: { readonly block: BlockDetail }) {
  const { t } = useTranslation();
  const { height } = block.header;
  const verification = useBlockVerification(block);
  return (
    <AntdScope>
      <PageTitle tag={<FinalityTag {...verification} />} extra={<Neighbours height={height} />}>
        {t('block.title', { height: formatCount(height) })}
      </PageTitle>
      {verification.problem === undefined ? null : (
        <Panel>
          <StatusTag tone="bad">{t(PROBLEM_TEXTS[verification.problem])}</StatusTag>
        </Panel>
      )}
      {verification.check === undefined ? null : (
        <>
          <HeaderFacts check={verification.check} headerBytes={block.headerBytes} />
          <Certificates block={block} check={verification.check} finality={verification.finality} />
          {verification.check.header.nextValidatorSetDigest === undefined ? null : (
            <EpochEnd epoch={verification.check.header.epoch} />
          )}
        </>
      )}
      <BlockEntries block={block} />
      {block.dropped.length === 0 ? null : <DroppedSubmissions dropped={block.dropped} />}
    </AntdScope>
  );
}

function FinalityTag({ finality }: BlockVerification) {
  const { t } = useTranslation();
  switch (finality.status) {
    case 'pending':
      return <StatusTag tone="busy">{t('certificate.pending')}</StatusTag>;
    case 'verified':
      return <StatusTag tone="ok">{t('certificate.final')}</StatusTag>;
    case 'failed':
      return <StatusTag tone="bad">{t('certificate.failed')}</StatusTag>;
    case 'unavailable':
      return <StatusTag tone="warn">{t('failure.cannotLookUp')}</StatusTag>;
    case 'uncertified':
      return <StatusTag tone="busy">{t('certificate.uncertified')}</StatusTag>;
    case 'too-far':
      return <StatusTag tone="warn">{t('certificate.notFinal')}</StatusTag>;
  }
}

function Neighbours({ height }: { readonly height: number }) {
  const { t } = useTranslation();
  const first = height <= 1;
  return (
    <>
      <Link
        to="/blocks/$height"
        params={{ height: String(Math.max(1, height - 1)) }}
        disabled={first}
        className={first ? `${button.button} ${button.disabled}` : (button.button ?? '')}
      >
        ← {t('block.previous')}
      </Link>
      <Link to="/blocks/$height" params={{ height: String(height + 1) }} className={button.button ?? ''}>
        {t('block.next')} →
      </Link>
    </>
  );
}
