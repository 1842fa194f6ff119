import {
  CheckCircleFilled,
  CloseCircleFilled,
  ExclamationCircleFilled,
  LoadingOutlined,
  MinusCircleOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import styles from './StatusTag.module.css';

/** How something stands. Each tone has its own icon, so that colour is never the only sign. */
export type Tone = 'ok' | 'bad' | 'warn' | 'idle' | 'busy';

const ICONS: Readonly<Record<Tone, ReactNode>> = {
  ok: <CheckCircleFilled />,
  bad: <CloseCircleFilled />,
  warn: <ExclamationCircleFilled />,
  idle: <MinusCircleOutlined />,
  busy: <LoadingOutlined />,
};

interface StatusTagProps {
  readonly tone: Tone;
  readonly children: ReactNode;
  /** `soft` is a filled pill, `plain` icon and word only. */
  readonly look?: 'soft' | 'plain';
}

export function StatusTag({ tone, children, look = 'soft' }: StatusTagProps) {
  return (
    <span
      className={`${styles.tag} ${styles[tone]} ${look === 'soft' ? styles.soft : styles.plain}`}
      data-tone={tone}
    >
      <span className={styles.icon}>{ICONS[tone]}</span>
      {children}
    </span>
  );
}
