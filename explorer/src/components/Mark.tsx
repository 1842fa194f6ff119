import styles from './Mark.module.css';

/**
 * The mark: a tally in two halves that fit, with a tiger's ears; joint and bars together are the 王 of a
 * tiger's brow. public/mark.svg is the same drawing for the browser's tab.
 */
export function Mark({ size }: { readonly size: number }) {
  return (
    <svg className={styles.mark} viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <path
        className={styles.left}
        d="M15.3 4.4H10.2L5.2 2.3C4.1 1.8 3 2.6 3 3.8V17.5C3 24 8 28.3 15.3 30V22.2H9.4V19.8H15.3V16.2H10.8V13.8H15.3V10.2H9.4V7.8H15.3Z"
      />
      <path
        className={styles.right}
        d="M16.7 4.4H21.8L26.8 2.3C27.9 1.8 29 2.6 29 3.8V17.5C29 24 24 28.3 16.7 30V22.2H22.6V19.8H16.7V16.2H21.2V13.8H16.7V10.2H22.6V7.8H16.7Z"
      />
    </svg>
  );
}
