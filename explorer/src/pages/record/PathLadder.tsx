import { toHex } from '@hufu/crypto';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Hash } from '../../components/Hash.tsx';
import { StatusTag } from '../../components/StatusTag.tsx';
import { formatCount } from '../../model/format.ts';
import type { LeafRange, PathModel, PathStep } from '../../model/path-model.ts';
import styles from './PathLadder.module.css';

/** Pace of the drawing; the computing itself takes microseconds. */
const STEP_INTERVAL_MS = 110;

interface PathLadderProps {
  readonly path: PathModel;
  /** Height of the block whose header carries the root. */
  readonly height: number;
  readonly index: number;
}

/** The path as a ladder: the leaf on top, each sibling joined from its side, the root at the foot. */
export function PathLadder({ path, height, index }: PathLadderProps) {
  const { t } = useTranslation();
  const rows = path.steps.length + 2;
  const reached = useReached(rows);
  return (
    <ol className={styles.ladder} data-path={path.hashName}>
      <li className={`${styles.end} ${reached > 0 ? styles.reached : ''}`}>
        <Drawing row="leaf" />
        <div className={styles.line}>
          <span className={styles.label}>
            <b>{t('record.leaf')}</b> {t('record.title', { index: formatCount(index) })}
            <code className={styles.formula}>{t('record.leafFormula')}</code>
          </span>
          <Hash value={toHex(path.leafHash)} />
        </div>
      </li>
      {path.steps.map((step, depth) => (
        <StepRow key={toHex(step.result)} step={step} level={depth + 1} reached={reached > depth + 1} />
      ))}
      <li className={`${styles.root} ${reached === rows ? styles.reached : ''}`}>
        <Drawing row="root" bad={!path.matches} />
        <div className={styles.line}>
          <span className={styles.label}>
            <b>{t('record.signedRoot', { height: formatCount(height) })}</b>
          </span>
          <Hash value={toHex(path.expectedRoot)} />
        </div>
        <div className={styles.line}>
          <span className={styles.label}>
            <b>{t('record.computedRoot')}</b>
          </span>
          <Hash value={toHex(path.computedRoot)} />
        </div>
        <div className={styles.verdict}>
          {reached === rows ? (
            <span data-path-result={path.matches ? 'matches' : 'differs'}>
              <StatusTag tone={path.matches ? 'ok' : 'bad'}>
                {path.matches ? t('record.rootMatches') : t('record.rootDiffers')}
              </StatusTag>
            </span>
          ) : null}
        </div>
      </li>
    </ol>
  );
}

/** How many rows the drawing has reached; all of them at once for readers who want no motion. */
function useReached(rows: number): number {
  const [reached, setReached] = useState(0);
  useEffect(() => {
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      setReached(rows);
      return undefined;
    }
    const timer = setInterval(() => setReached((before) => Math.min(rows, before + 1)), STEP_INTERVAL_MS);
    return () => clearInterval(timer);
  }, [rows]);
  return reached;
}

interface StepRowProps {
  readonly step: PathStep;
  readonly level: number;
  readonly reached: boolean;
}

function StepRow({ step, level, reached }: StepRowProps) {
  const { t } = useTranslation();
  const side = step.siblingSide === 'left' ? t('record.siblingLeft') : t('record.siblingRight');
  return (
    <li className={`${styles.step} ${reached ? styles.reached : ''}`} data-level={level}>
      <Drawing row="step" side={step.siblingSide} />
      <div className={styles.line}>
        <span className={styles.label}>
          {t('record.sibling')} · {side} <Covers range={step.siblingCovers} />
        </span>
        <Hash value={toHex(step.sibling)} />
      </div>
      <div className={styles.line}>
        <span className={styles.label}>
          <b>{t('record.step', { step: level })}</b> <Covers range={step.covers} />
          <code className={styles.formula}>
            {step.siblingSide === 'left' ? 'H(0x01 ‖ ◇ ‖ ●)' : 'H(0x01 ‖ ● ‖ ◇)'}
          </code>
        </span>
        <Hash value={toHex(step.result)} />
      </div>
    </li>
  );
}

function Covers({ range: { first, count } }: { readonly range: LeafRange }) {
  const { t } = useTranslation();
  const last = first + count - 1;
  const range = count === 1 ? formatCount(first) : `${formatCount(first)}–${formatCount(last)}`;
  return <span className={styles.covers}>{t('record.covers', { range })}</span>;
}

type DrawingProps =
  | { readonly row: 'leaf' }
  | { readonly row: 'step'; readonly side: 'left' | 'right' }
  | { readonly row: 'root'; readonly bad: boolean };

/** One row of the picture. Percentages, so that it fits rows of any height. */
function Drawing(props: DrawingProps) {
  switch (props.row) {
    case 'leaf':
      return (
        <svg className={styles.drawing} aria-hidden="true">
          <line className={styles.rail} x1="50%" y1="50%" x2="50%" y2="100%" />
          <circle className={styles.node} cx="50%" cy="50%" r="6.5" />
        </svg>
      );
    case 'step': {
      const x = props.side === 'left' ? '16%' : '84%';
      return (
        <svg className={styles.drawing} aria-hidden="true">
          <line className={styles.rail} x1="50%" y1="0" x2="50%" y2="100%" />
          <line className={styles.joint} x1={x} y1="25%" x2="50%" y2="75%" />
          <rect
            className={`${styles.sibling} ${props.side === 'left' ? styles.atLeft : styles.atRight}`}
            width="10"
            height="10"
          />
          <circle className={styles.node} cx="50%" cy="75%" r="6.5" />
        </svg>
      );
    }
    case 'root':
      return (
        <svg className={styles.drawing} aria-hidden="true">
          <line className={styles.rail} x1="50%" y1="0" x2="50%" y2="33%" />
          <circle className={props.bad ? styles.badRing : styles.ring} cx="50%" cy="33%" r="10" />
          <circle className={props.bad ? styles.badNode : styles.rootNode} cx="50%" cy="33%" r="5.5" />
        </svg>
      );
  }
}
