import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { NotFound } from '../components/Failure.tsx';
import { Panel } from '../components/Panel.tsx';

/** An address that leads to no page. */
export function MissingPage() {
  const { t } = useTranslation();
  return (
    <Panel>
      <NotFound title={t('failure.noSuchPage')}>
        <Link to="/">{t('nav.home')}</Link>
      </NotFound>
    </Panel>
  );
}
