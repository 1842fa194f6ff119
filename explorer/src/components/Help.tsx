import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './Help.module.css';

/**
 * A "?" that explains in plain language. A native popover: it opens by click or key, closes with Escape or a
 * click elsewhere, and needs no script to be placed above everything.
 */
export function Help({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <>
      <button type="button" className={styles.button} popoverTarget={id} aria-label={t('common.whatIsThis')}>
        ?
      </button>
      <span id={id} popover="auto" className={styles.text} role="note">
        {text}
      </span>
    </>
  );
}
