import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AntdScope } from '../../components/AntdScope.tsx';
import { Failure } from '../../components/Failure.tsx';
import { PageTitle } from '../../components/PageTitle.tsx';
import { Panel } from '../../components/Panel.tsx';
import stack from '../../components/Stack.module.css';
import { StatusTag } from '../../components/StatusTag.tsx';
import { bundleName } from '../../data/download.ts';
import { queries } from '../../data/queries.ts';
import { verifier } from '../../data/verifier.ts';
import { DropArea } from './DropArea.tsx';
import { FoundRecords } from './FoundRecords.tsx';
import { InputList } from './InputList.tsx';
import type { Inputs } from './inputs.ts';
import { Trust } from './Trust.tsx';
import {
  contentFor,
  digestsToLookUp,
  type TrustAnchor,
  useHashing,
  useLookup,
  useReport,
  useTrustAnchor,
} from './use-verification.ts';
import { Verdict } from './Verdict.tsx';

const route = getRouteApi('/verify');

/** Bring a file, a proof or a digest; everything that decides happens in this browser. */
export function VerifyPage() {
  const { t } = useTranslation();
  const ready = useQuery({
    queryKey: ['verifier'],
    queryFn: () => verifier().ready.then(() => true),
    retry: false,
  });
  const [inputs, setInputs] = useState<Inputs>({});
  const trust = useTrustAnchor(inputs);
  const empty = Object.keys(inputs).length === 0;
  return (
    <AntdScope>
      <div className={stack.stack}>
        <PageTitle
          text={t('verify.text')}
          tag={<Readiness ready={ready.data === true && trust.kind !== 'pending'} error={ready.error} />}
        >
          {t('verify.title')}
        </PageTitle>
        <DropArea inputs={inputs} onChange={setInputs} compact={!empty} />
        <Verification inputs={inputs} trust={trust} onChange={setInputs} />
      </div>
    </AntdScope>
  );
}

interface VerificationProps {
  readonly inputs: Inputs;
  readonly trust: TrustAnchor;
  readonly onChange: (inputs: Inputs) => void;
}

/** From what was brought to a verdict: hash, look up where no proof was brought, verify, report. */
function Verification({ inputs, trust, onChange }: VerificationProps) {
  const { t } = useTranslation();
  const { record } = route.useSearch();
  const status = useQuery(queries.status());
  const hashing = useHashing(inputs);
  const own = inputs.bundle;
  const lookup = useLookup(
    digestsToLookUp(inputs, hashing.digests),
    own === undefined && record === undefined,
  );
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const entries = lookup.status === 'found' ? lookup.entries : [];
  const index = record ?? entries.find((entry) => entry.index === chosen)?.index ?? entries[0]?.index;
  const fetched = useQuery({
    ...queries.bundle(index ?? 0),
    enabled: own === undefined && index !== undefined,
  });
  const bundle = own?.bytes ?? (index === undefined ? undefined : fetched.data);
  const bundleKey = own === undefined ? `ledger/${index ?? ''}` : `file/${own.id}`;
  const content = contentFor(inputs, hashing.digests, bundle);
  const contentReady = inputs.content === undefined || hashing.digests !== undefined;
  const { report, error } = useReport(bundle, bundleKey, content, trust, contentReady);
  const name = own?.name ?? bundleName(status.data?.chain ?? 'hufu', index ?? 0);
  return (
    <>
      <InputList
        inputs={inputs}
        hashing={hashing}
        onChange={onChange}
        fetched={own === undefined && bundle !== undefined ? name : undefined}
      />
      <Trust trust={trust} />
      <FoundRecords lookup={lookup} index={index} onChoose={setChosen} />
      {own === undefined && index !== undefined && fetched.error !== null ? (
        <Panel>
          <Failure
            error={fetched.error}
            notFound={t('record.proofNotReady')}
            onRetry={() => void fetched.refetch()}
          />
        </Panel>
      ) : null}
      {error === null ? null : (
        <Panel>
          <StatusTag tone="bad">{t('verify.workerFailed', { detail: error.message })}</StatusTag>
        </Panel>
      )}
      {report === undefined || bundle === undefined ? null : (
        <Verdict
          key={`${bundleKey}/${inputs.content?.id ?? ''}`}
          subject={{ bundle, bundleName: name, file: inputs.content?.file, content, trust }}
          report={report}
        />
      )}
    </>
  );
}

function Readiness({ ready, error }: { readonly ready: boolean; readonly error: Error | null }) {
  const { t } = useTranslation();
  if (error !== null) {
    return <StatusTag tone="bad">{t('verify.workerFailed', { detail: error.message })}</StatusTag>;
  }
  return (
    <span data-verifier={ready ? 'ready' : 'loading'}>
      <StatusTag tone={ready ? 'ok' : 'busy'}>{ready ? t('verify.ready') : t('verify.preparing')}</StatusTag>
    </span>
  );
}
