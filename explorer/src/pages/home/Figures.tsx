import type { NodeStatus } from '@hufu/api';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Time } from '../../components/Time.tsx';
import { type ListedBlock, recordsPerSecond } from '../../model/block-window.ts';
import { ago, formatCount, formatRate } from '../../model/format.ts';
import styles from './Figures.module.css';

interface FiguresProps {
  readonly status: NodeStatus | undefined;
  readonly blocks: readonly ListedBlock[] | undefined;
}

/** The ledger in four numbers. */
export function Figures({ status, blocks }: FiguresProps) {
  const { t } = useTranslation();
  const newest = blocks?.[0];
  const rate = blocks === undefined ? undefined : recordsPerSecond(blocks);
  return (
    <dl className={styles.figures}>
      <Figure name={t('home.height')} value={text(newest?.height ?? status?.height)} id="height">
        {newest === undefined ? (
          t('home.noBlock')
        ) : (
          <>
            <Time timeMs={newest.timeMs} /> · <Since timeMs={newest.timeMs} />
          </>
        )}
      </Figure>
      <Figure name={t('home.records')} value={text(newest?.logSize ?? status?.logSize)} id="records">
        {status === undefined || status.history === null
          ? t('home.recordsHint')
          : t('home.fetchingHistory', {
              height: formatCount(status.history.height),
              toHeight: formatCount(status.history.toHeight),
            })}
      </Figure>
      <Figure name={t('home.rate')} value={rate === undefined ? '–' : formatRate(rate)} id="rate">
        {t('home.rateHint', { count: blocks?.length ?? 0 })}
      </Figure>
      <Figure
        name={t('home.validators')}
        id="validators"
        value={status === undefined ? '–' : `${reachable(status)} / ${status.validators}`}
      >
        {status === undefined
          ? ''
          : t('home.quorumHint', { quorum: status.quorum, epoch: formatCount(status.epoch) })}
      </Figure>
    </dl>
  );
}

function text(count: number | undefined): string {
  return count === undefined ? '–' : formatCount(count);
}

/** Validators that this node talks with, itself included where it is one. */
function reachable(status: NodeStatus): number {
  const peers = status.peers.filter((peer) => peer.connected && peer.index < status.validators).length;
  return peers + (status.node.index === null ? 0 : 1);
}

interface FigureProps {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly children: ReactNode;
}

function Figure({ id, name, value, children }: FigureProps) {
  return (
    <div className={styles.figure} data-figure={id}>
      <dt className={styles.name}>{name}</dt>
      <dd className={styles.value}>{value}</dd>
      <dd className={styles.hint}>{children}</dd>
    </div>
  );
}

function Since({ timeMs }: { readonly timeMs: number }) {
  const { t } = useTranslation();
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const { unit, count } = ago(timeMs, nowMs);
  return <>{t(`ago.${unit}`, { count })}</>;
}
