import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Navigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { EntryTable } from '../../components/EntryTable.tsx';
import { Failure, NotFound } from '../../components/Failure.tsx';
import { Hash } from '../../components/Hash.tsx';
import { Loading } from '../../components/Loading.tsx';
import { PageTitle } from '../../components/PageTitle.tsx';
import { Panel } from '../../components/Panel.tsx';
import stack from '../../components/Stack.module.css';
import { queries } from '../../data/queries.ts';
import { type EvidenceNumber, formatEvidenceNumber } from '../../model/evidence-number.ts';
import { parseSearch, type SearchQuery } from '../../model/search-query.ts';

const route = getRouteApi('/search');

/** Looks up what the search box found no page for by itself; one match is opened at once. */
export function SearchPage() {
  const { t } = useTranslation();
  const { q } = route.useSearch();
  return (
    <div className={stack.stack}>
      <PageTitle>{t('search.title')}</PageTitle>
      <Answer key={q} query={parseSearch(q)} />
    </div>
  );
}

function Answer({ query }: { readonly query: SearchQuery }) {
  const { t } = useTranslation();
  switch (query.kind) {
    case 'digest':
      return <DigestAnswer digest={query.digest} />;
    case 'serial':
      return <SerialAnswer serial={query} />;
    case 'number':
      return <Navigate to="/blocks/$height" params={{ height: String(query.value) }} replace />;
    case 'empty':
      return (
        <Panel>
          <NotFound title={t('search.unrecognised.no-such-form')} />
        </Panel>
      );
    case 'unrecognised':
      return (
        <Panel>
          <NotFound title={t(`search.unrecognised.${query.reason}`)} />
        </Panel>
      );
  }
}

function SerialAnswer({ serial }: { readonly serial: EvidenceNumber }) {
  const { t } = useTranslation();
  const entry = useQuery(queries.gatewayEntry(serial.gateway, serial.serial));
  if (entry.data !== undefined) {
    return <Navigate to="/records/$index" params={{ index: String(entry.data.index) }} replace />;
  }
  return (
    <Panel>
      {entry.error === null ? (
        <Loading />
      ) : (
        <Failure
          error={entry.error}
          notFound={t('search.serialNotFound', { serial: formatEvidenceNumber(serial) })}
          onRetry={() => void entry.refetch()}
        />
      )}
    </Panel>
  );
}

function DigestAnswer({ digest }: { readonly digest: string }) {
  const { t } = useTranslation();
  const result = useQuery(queries.search(digest));
  const searched = (
    <>
      {t('search.searched')} <Hash value={digest} fit="wrap" />
    </>
  );
  if (result.data === undefined) {
    return (
      <Panel>
        {result.error === null ? (
          <Loading />
        ) : (
          <Failure
            error={result.error}
            notFound={t('search.digestNotFound')}
            onRetry={() => void result.refetch()}
          />
        )}
      </Panel>
    );
  }
  const { entries, more } = result.data;
  const [only] = entries;
  if (only === undefined) {
    return (
      <Panel>
        <NotFound title={t('search.digestNotFound')}>
          <p>{t('search.digestNotFoundHint')}</p>
          <p>{searched}</p>
        </NotFound>
      </Panel>
    );
  }
  if (entries.length === 1) {
    return <Navigate to="/records/$index" params={{ index: String(only.index) }} replace />;
  }
  const count = entries.length;
  return (
    <Panel
      title={more ? t('search.matchesMore', { count }) : t('search.matches', { count })}
      hint={searched}
      body="flush"
    >
      <EntryTable entries={entries} showBlock />
    </Panel>
  );
}
