import type { ReactNode } from 'react';
import styles from './Panel.module.css';

interface PanelProps {
  readonly title?: ReactNode;
  /** One quiet line under the title. */
  readonly hint?: ReactNode;
  readonly extra?: ReactNode;
  /** What only a screen can do is left off paper. */
  readonly printed?: boolean;
  /** `flush` lets tables and lists reach the panel's edges. */
  readonly body?: 'padded' | 'flush';
  readonly children: ReactNode;
}

export function Panel({ title, hint, extra, body = 'padded', printed = true, children }: PanelProps) {
  return (
    <section className={`${styles.panel} ${printed ? '' : styles.screenOnly}`}>
      {title === undefined ? null : (
        <header className={styles.header}>
          <div className={styles.heading}>
            <h2 className={styles.title}>{title}</h2>
            {hint === undefined ? null : <p className={styles.hint}>{hint}</p>}
          </div>
          {extra === undefined ? null : <div className={styles.extra}>{extra}</div>}
        </header>
      )}
      <div className={body === 'padded' ? styles.padded : undefined}>{children}</div>
    </section>
  );
}
