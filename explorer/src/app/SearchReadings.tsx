import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { formatEvidenceNumber } from '../model/evidence-number.ts';
import { formatCount } from '../model/format.ts';
import type { SearchQuery } from '../model/search-query.ts';
import styles from './SearchBox.module.css';

/** One way of reading what was typed, and where it leads. */
export interface Reading {
  readonly key: string;
  readonly label: string;
  readonly open: () => void;
}

interface ReadingsProps {
  readonly id: string;
  readonly shown: boolean;
  readonly query: SearchQuery;
  readonly readings: readonly Reading[];
  /** Position of the reading that Enter opens. */
  readonly active: number;
  readonly onOpen: (reading: Reading) => void;
}

/** The list under the search box. */
export function Readings({ id, shown, query, readings, active, onOpen }: ReadingsProps) {
  const { t } = useTranslation();
  return (
    <div id={id} role="listbox" className={styles.list} hidden={!shown}>
      {query.kind === 'unrecognised' ? (
        <p className={styles.hint}>{t(`search.unrecognised.${query.reason}`)}</p>
      ) : null}
      {readings.map((reading, position) => (
        <button
          key={reading.key}
          type="button"
          role="option"
          aria-selected={position === active}
          tabIndex={-1}
          className={`${styles.option} ${position === active ? styles.active : ''}`}
          // Not onClick: the list is hidden on blur, which comes before it.
          onMouseDown={(event) => {
            event.preventDefault();
            onOpen(reading);
          }}
        >
          {reading.label}
        </button>
      ))}
    </div>
  );
}

/** What the text may mean, likeliest first; nothing for text that names nothing. */
export function useReadings(query: SearchQuery, text: string): readonly Reading[] {
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
      return [
        { key: 'serial', label: t('search.asSerial', { serial: formatEvidenceNumber(query) }), open: search },
      ];
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
