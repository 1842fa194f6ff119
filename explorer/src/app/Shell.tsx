import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from '../components/Mark.tsx';
import { queries } from '../data/queries.ts';
import { Footer } from './Footer.tsx';
import { LanguageButton } from './LanguageButton.tsx';
import { SchemeButton } from './SchemeButton.tsx';
import { SearchBox } from './SearchBox.tsx';
import styles from './Shell.module.css';

const NAVIGATION = [
  { to: '/', name: 'nav.home' },
  { to: '/blocks', name: 'nav.blocks' },
  { to: '/verify', name: 'nav.verify' },
  { to: '/members', name: 'nav.members' },
] as const;

/** What stands around every page: the mark, the way round, the one search box, whose word this is. */
export function Shell() {
  const { t, i18n } = useTranslation();
  const status = useQuery(queries.status());
  const chain = status.data?.chain;
  useEffect(() => {
    document.documentElement.lang = i18n.language;
    document.title = chain === undefined ? t('app.title') : `${t('app.title')} · ${chain}`;
  }, [i18n.language, chain, t]);
  return (
    <div className={styles.page}>
      <a className={styles.skip} href="#content">
        {t('nav.skip')}
      </a>
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link to="/" className={styles.brand ?? ''}>
            <Mark size={30} />
            <span className={styles.name}>
              <span className={styles.title}>{t('app.name')}</span>
              <span className={styles.chain}>{chain ?? ' '}</span>
            </span>
          </Link>
          <nav className={styles.nav} aria-label={t('nav.label')}>
            {NAVIGATION.map(({ to, name }) => (
              <Link
                key={to}
                to={to}
                className={styles.link ?? ''}
                activeProps={{ className: styles.active ?? '' }}
                activeOptions={{ exact: to === '/' }}
              >
                {t(name)}
              </Link>
            ))}
          </nav>
          <SearchBox />
          <div className={styles.tools}>
            <LanguageButton />
            <SchemeButton />
          </div>
        </div>
      </header>
      <main id="content" className={styles.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Footer status={status.data} />
    </div>
  );
}
