import { Link } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BlockTable } from '../../components/BlockTable.tsx';
import { Failure, NotFound } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag, type Tone } from '../../components/StatusTag.tsx';
import type { BlockWindow } from '../../data/block-list.ts';
import type { StreamState } from '../../data/live-blocks.ts';
import { BlockBars } from './BlockBars.tsx';
import styles from './LiveBlocks.module.css';

const SHOWN_BLOCKS = 15;
const TONES: Readonly<Record<StreamState, Tone>> = { connecting: 'busy', live: 'ok', lost: 'warn' };

/**
 * The newest blocks. The list follows the stream while nobody is reading it; under a pointer, with focus
 * inside or scrolled away it stands still, and a pill counts what is new.
 */
export function LiveBlocks({ blocks, stream, error, retry }: BlockWindow) {
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState<number | undefined>(undefined);
  const newest = blocks?.[0]?.height;
  const hold = (): void => setHeld((before) => before ?? newest);
  const release = (): void => setHeld(undefined);
  const onScroll = useEffectEvent(() => {
    if (window.scrollY === 0) release();
    else if (window.scrollY > (list.current?.offsetTop ?? 0)) hold();
  });
  useEffect(() => {
    const listener = (): void => onScroll();
    window.addEventListener('scroll', listener, { passive: true });
    return () => window.removeEventListener('scroll', listener);
  }, []);
  const tag = <StatusTag tone={TONES[stream]}>{t(`home.stream.${stream}`)}</StatusTag>;
  return (
    <Panel title={t('home.blocks')} extra={tag} body="flush">
      {blocks === undefined ? (
        <Pending error={error} retry={retry} />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: reading is no action; it only keeps the list still.
        <div ref={list} onMouseEnter={hold} onMouseLeave={release} onFocus={hold} onBlur={release}>
          <BlockBars blocks={blocks} />
          <Pill count={newest === undefined || held === undefined ? 0 : newest - held} onClick={release} />
          {blocks.length === 0 ? (
            <NotFound title={t('home.noBlock')}>{t('home.noBlockHint')}</NotFound>
          ) : (
            <BlockTable
              blocks={blocks.filter(({ height }) => height <= (held ?? height)).slice(0, SHOWN_BLOCKS)}
            />
          )}
          <p className={styles.more}>
            <Link to="/blocks">{t('home.allBlocks')}</Link>
          </p>
        </div>
      )}
    </Panel>
  );
}

function Pending({ error, retry }: Pick<BlockWindow, 'error' | 'retry'>) {
  const { t } = useTranslation();
  if (error === null) return <Loading rows={8} />;
  return <Failure error={error} notFound={t('home.noBlock')} onRetry={retry} />;
}

function Pill({ count, onClick }: { readonly count: number; readonly onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={styles.pillRow} aria-live="polite">
      {count === 0 ? null : (
        <button type="button" className={styles.pill} onClick={onClick}>
          {t('home.newBlocks', { count })}
        </button>
      )}
    </div>
  );
}
