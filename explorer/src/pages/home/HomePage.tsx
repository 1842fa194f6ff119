import { useQuery } from '@tanstack/react-query';
import { useBlockWindow } from '../../data/block-list.ts';
import { queries } from '../../data/queries.ts';
import { Anchor } from './Anchor.tsx';
import { Figures } from './Figures.tsx';
import styles from './HomePage.module.css';
import { Intro } from './Intro.tsx';
import { LiveBlocks } from './LiveBlocks.tsx';
import { Validators } from './Validators.tsx';

/** Where the ledger stands, live. */
export function HomePage() {
  const window = useBlockWindow();
  const status = useQuery(queries.status());
  return (
    <div className={styles.page}>
      <Intro />
      <Figures status={status.data} blocks={window.blocks} />
      <div className={styles.columns}>
        <LiveBlocks {...window} />
        <div className={styles.side}>
          <Validators status={status} />
          <Anchor status={status.data} />
        </div>
      </div>
    </div>
  );
}
