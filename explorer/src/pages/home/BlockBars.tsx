import { useTranslation } from 'react-i18next';
import { type ListedBlock, WINDOW_BLOCKS } from '../../model/block-window.ts';
import { formatCount } from '../../model/format.ts';
import styles from './BlockBars.module.css';

const HEIGHT = 44;
const STEP = 10;
const BAR_WIDTH = 7;
/** An empty block still shows as a line. */
const MIN_BAR = 1.5;

/** Records per block, oldest left: the ledger's pulse. The table below says the same in words. */
export function BlockBars({ blocks }: { readonly blocks: readonly ListedBlock[] }) {
  const { t } = useTranslation();
  const most = Math.max(1, ...blocks.map((block) => block.entryCount));
  // The newest block stands at the right edge, however few there are.
  const width = WINDOW_BLOCKS * STEP;
  const start = WINDOW_BLOCKS - blocks.length;
  return (
    <figure className={styles.figure}>
      <svg
        className={styles.bars}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('home.barsLabel', { count: blocks.length })}
      >
        {blocks.toReversed().map((block, position) => {
          const height = Math.max(MIN_BAR, (block.entryCount / most) * HEIGHT);
          return (
            <rect
              key={block.height}
              className={block.entryCount === 0 ? styles.empty : styles.bar}
              x={(start + position) * STEP}
              y={HEIGHT - height}
              width={BAR_WIDTH}
              height={height}
            >
              <title>{t('home.bar', { height: block.height, records: formatCount(block.entryCount) })}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption className={styles.caption}>{t('home.barsCaption', { most: formatCount(most) })}</figcaption>
    </figure>
  );
}
