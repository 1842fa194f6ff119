import { DISPLAY_ZONE, formatTime, formatTimeMs } from '../model/format.ts';
import styles from './Time.module.css';

interface TimeProps {
  readonly timeMs: number;
  readonly precise?: boolean;
}

/** An absolute time as text, with its offset. */
export function Time({ timeMs, precise = false }: TimeProps) {
  return (
    <span>
      <span className={styles.digits}>{precise ? formatTimeMs(timeMs) : formatTime(timeMs)}</span>{' '}
      <span className={styles.zone}>{DISPLAY_ZONE}</span>
    </span>
  );
}
