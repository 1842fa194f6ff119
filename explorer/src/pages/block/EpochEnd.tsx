import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag } from '../../components/StatusTag.tsx';
import { ValidatorChangeList } from '../../components/ValidatorChangeList.tsx';
import { useEpochValidators } from '../../data/epochs.ts';
import { formatCount } from '../../model/format.ts';
import { validatorChanges } from '../../model/validator-changes.ts';

/** The last block of an epoch: which validators it hands over to, proven in this browser. */
export function EpochEnd({ epoch }: { readonly epoch: number }) {
  const { t } = useTranslation();
  const before = useEpochValidators(epoch);
  const next = useEpochValidators(epoch + 1);
  return (
    <Panel title={t('epoch.ends', { epoch: formatCount(epoch) })} hint={t('epoch.endsHint')}>
      {before.status === 'proven' && next.status === 'proven' ? (
        <ValidatorChangeList changes={validatorChanges(before.validators, next.validators)} />
      ) : (
        <StatusTag tone={next.status === 'failed' ? 'bad' : 'busy'}>
          {next.status === 'failed' ? t('epoch.unproven') : t('common.loading')}
        </StatusTag>
      )}
    </Panel>
  );
}
