import { useTranslation } from 'react-i18next';
import type { ValidatorChanges } from '../model/validator-changes.ts';
import { type Fact, Facts } from './Facts.tsx';

/** Who joins, leaves and has new keys from the next epoch on. */
export function ValidatorChangeList({ changes }: { readonly changes: ValidatorChanges }) {
  const { t } = useTranslation();
  const facts: Fact[] = (['joined', 'left', 'rotated'] as const).map((kind) => ({
    key: kind,
    name: t(`epoch.${kind}`),
    value: changes[kind].length === 0 ? t('common.none') : changes[kind].join(', '),
  }));
  return <Facts facts={facts} />;
}
