import type { ReactNode } from 'react';
import styles from './PageTitle.module.css';

interface PageTitleProps {
  readonly children: ReactNode;
  /** Beside the title: how it stands. */
  readonly tag?: ReactNode;
  /** At the end of the line: where to go from here. */
  readonly extra?: ReactNode;
  readonly text?: ReactNode;
}

export function PageTitle({ children, tag, extra, text }: PageTitleProps) {
  return (
    <div className={styles.bar}>
      <div className={styles.main}>
        <div className={styles.line}>
          <h1 className={styles.title}>{children}</h1>
          {tag}
        </div>
        {text === undefined ? null : <p className={styles.text}>{text}</p>}
      </div>
      {extra === undefined ? null : <div className={styles.extra}>{extra}</div>}
    </div>
  );
}
