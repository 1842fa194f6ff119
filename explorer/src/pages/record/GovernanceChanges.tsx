import { fromBase64 } from '@hufu/crypto';
import { decodeGovernanceAction, parseGovernanceDocument, registryValidatorSet } from '@hufu/proof';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { StatusTag } from '../../components/StatusTag.tsx';
import { ValidatorChangeList } from '../../components/ValidatorChangeList.tsx';
import { useEpochValidators } from '../../data/epochs.ts';
import { validatorChanges } from '../../model/validator-changes.ts';

interface GovernanceChangesProps {
  /** The entry's bytes, base64. */
  readonly entry: string;
  /** The epoch that the action ended. */
  readonly epoch: number;
}

/** What an action changed among the validators, read in this browser from the document that was approved. */
export function GovernanceChanges({ entry, epoch }: GovernanceChangesProps) {
  const { t } = useTranslation();
  const before = useEpochValidators(epoch);
  const document = useMemo(() => {
    const bytes = fromBase64(entry);
    const action = bytes === undefined ? undefined : decodeGovernanceAction(bytes);
    return action?.ok ? parseGovernanceDocument(action.value.document) : undefined;
  }, [entry]);
  if (!document?.ok) return <StatusTag tone="bad">{t('epoch.documentUnreadable')}</StatusTag>;
  if (before.status !== 'proven') {
    const failed = before.status === 'failed';
    return (
      <StatusTag tone={failed ? 'bad' : 'busy'}>
        {failed ? t('epoch.unproven') : t('common.loading')}
      </StatusTag>
    );
  }
  const next = registryValidatorSet(epoch + 1, before.validators.suites, document.value);
  return <ValidatorChangeList changes={validatorChanges(before.validators, next)} />;
}

/** Names of the validators of an epoch with these indices; the indices as long as the epoch is not proven. */
export function useValidatorNames(epoch: number, indices: readonly number[]): string {
  const inOffice = useEpochValidators(epoch);
  const validators = inOffice.status === 'proven' ? inOffice.validators.validators : [];
  return indices.map((index) => validators[index]?.name ?? `${index}`).join(', ');
}
