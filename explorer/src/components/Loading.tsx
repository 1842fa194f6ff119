import { useTranslation } from 'react-i18next';
import styles from './Loading.module.css';

/** Quiet bars in the place of what is being looked up; shown only when that takes noticeable time. */
export function Loading({ rows = 4 }: { readonly rows?: number }) {
  const { t } = useTranslation();
  return (
    <div className={styles.loading} role="status">
      <span className="visually-hidden">{t('common.loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are alike and never move.
        <span className={styles.bar} key={row} />
      ))}
    </div>
  );
}
