import { SearchOutlined } from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../model/format.ts';
import { parseSearch, type SearchQuery } from '../model/search-query.ts';
import { formatSerial } from '../model/serial.ts';
import styles from './SearchBox.module.css';

/** One reading of what was typed, and where it leads. */
interface Target {
  readonly key: string;
  readonly label: string;
  readonly open: () => void;
}

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
  const targets = useTargets(query, text);
  const go = (target: Target | undefined): void => {
    if (target === undefined) return;
    target.open();
    setOpen(false);
    setText('');
    input.current?.blur();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Escape') input.current?.blur();
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const step = event.key === 'ArrowDown' ? 1 : -1;
    setActive((active + step + targets.length) % Math.max(1, targets.length));
  };
  const shown = open && query.kind !== 'empty';
  return (
    <search className={styles.area}>
      <form
        className={styles.box}
        onSubmit={(event) => {
          event.preventDefault();
          go(targets[active]);
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
        <div id={listId} role="listbox" className={styles.list} hidden={!shown}>
          {query.kind === 'unrecognised' ? (
            <p className={styles.hint}>{t(`search.unrecognised.${query.reason}`)}</p>
          ) : null}
          {targets.map((target, position) => (
            <button
              key={target.key}
              type="button"
              role="option"
              aria-selected={position === active}
              tabIndex={-1}
              className={`${styles.option} ${position === active ? styles.active : ''}`}
              // Before blur hides the list.
              onMouseDown={(event) => {
                event.preventDefault();
                go(target);
              }}
            >
              {target.label}
            </button>
          ))}
        </div>
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

function useTargets(query: SearchQuery, text: string): readonly Target[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = (): void => void navigate({ to: '/search', search: { q: text.trim() } });
  switch (query.kind) {
    case 'empty':
    case 'unrecognised':
      return [];
    case 'digest':
      return [{ key: 'digest', label: t('search.asDigest', { digest: query.digest }), open: search }];
    case 'serial':
      return [{ key: 'serial', label: t('search.asSerial', { serial: formatSerial(query) }), open: search }];
    case 'number': {
      const value = String(query.value);
      return [
        {
          key: 'height',
          label: t('search.asHeight', { height: formatCount(query.value) }),
          open: () => void navigate({ to: '/blocks/$height', params: { height: value } }),
        },
        {
          key: 'index',
          label: t('search.asIndex', { index: formatCount(query.value) }),
          open: () => void navigate({ to: '/records/$index', params: { index: value } }),
        },
      ];
    }
  }
}
