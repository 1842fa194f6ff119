import { SearchOutlined } from '@ant-design/icons';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parseSearch } from '../model/search-query.ts';
import styles from './SearchBox.module.css';
import { type Reading, Readings, useReadings } from './SearchReadings.tsx';

/** The one search box. `/` and Ctrl-K go to it from anywhere. */
export function SearchBox() {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  useShortcut(input);
  const query = parseSearch(text);
  const readings = useReadings(query, text);
  const go = (reading: Reading | undefined): void => {
    if (reading === undefined) return;
    reading.open();
    setOpen(false);
    setText('');
    input.current?.blur();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Escape') input.current?.blur();
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const step = event.key === 'ArrowDown' ? 1 : -1;
    setActive((active + step + readings.length) % Math.max(1, readings.length));
  };
  const shown = open && query.kind !== 'empty';
  return (
    <search className={styles.area}>
      <form
        className={styles.box}
        onSubmit={(event) => {
          event.preventDefault();
          go(readings[active]);
        }}
      >
        <SearchOutlined className={styles.icon ?? ''} />
        <input
          ref={input}
          className={styles.input}
          type="text"
          role="combobox"
          aria-expanded={shown}
          aria-controls={listId}
          aria-label={t('search.label')}
          placeholder={t('search.placeholder')}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
            setOpen(true);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        <kbd className={styles.key}>/</kbd>
        <Readings id={listId} shown={shown} query={query} readings={readings} active={active} onOpen={go} />
      </form>
    </search>
  );
}

/** `/` outside of text fields, and Ctrl-K or Cmd-K anywhere. */
function useShortcut(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const typing =
        event.target instanceof HTMLElement &&
        (event.target.matches('input, textarea, select') || event.target.isContentEditable);
      const slash = event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
      const commandK = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey);
      if (!slash && !commandK) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [input]);
}
