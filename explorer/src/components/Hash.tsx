import { CopyButton } from './CopyButton.tsx';
import styles from './Hash.module.css';

/** So many characters stay visible at the end when the middle must go. */
const TAIL_CHARS = 8;

interface HashProps {
  readonly value: string;
  /** `line` keeps to one line and hides the middle; `wrap` breaks and shows everything. Both copy in full. */
  readonly fit?: 'line' | 'wrap';
  readonly copy?: boolean;
}

/** A hash, key or digest. The whole value is in the document, so that finding and copying text work. */
export function Hash({ value, fit = 'line', copy = true }: HashProps) {
  const button = copy ? <CopyButton text={value} /> : null;
  if (fit === 'wrap') {
    return (
      <span className={styles.wrap}>
        <code>{value}</code>
        {button}
      </span>
    );
  }
  return (
    <span className={styles.line}>
      <code className={styles.parts} title={value}>
        <span className={styles.head}>{value.slice(0, -TAIL_CHARS)}</span>
        <span className={styles.tail}>{value.slice(-TAIL_CHARS)}</span>
      </code>
      {button}
    </span>
  );
}
