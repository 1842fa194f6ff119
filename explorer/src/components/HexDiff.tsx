import { hexDiff } from '../model/hex-diff.ts';
import styles from './HexDiff.module.css';

interface Named {
  readonly name: string;
  readonly hex: string;
}

/** Two digests, one over the other; characters that differ are marked by colour and underline. */
export function HexDiff({ first, second }: { readonly first: Named; readonly second: Named }) {
  return (
    <dl className={styles.diff}>
      <Row {...first} other={second.hex} />
      <Row {...second} other={first.hex} />
    </dl>
  );
}

function Row({ name, hex, other }: Named & { readonly other: string }) {
  let at = 0;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <code>
          {hexDiff(hex, other).map(({ text, same }) => {
            const key = at;
            at += text.length;
            return same ? <span key={key}>{text}</span> : <mark key={key}>{text}</mark>;
          })}
        </code>
      </dd>
    </>
  );
}
