import type { ReactNode } from 'react';
import styles from './Facts.module.css';
import { Help } from './Help.tsx';

export interface Fact {
  readonly key: string;
  readonly name: ReactNode;
  /** What the name means, in plain language. */
  readonly help?: string;
  readonly value: ReactNode;
}

/** Names and values, one a row. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ key, name, help, value }) => (
        <div className={styles.fact} key={key} data-fact={key}>
          <dt className={styles.name}>
            {name}
            {help === undefined ? null : <Help text={help} />}
          </dt>
          <dd className={styles.value}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
