/** Evidence is read in Beijing time everywhere in this field; the offset is printed beside every time. */
const DISPLAY_OFFSET_MS = 8 * 60 * 60 * 1000;
export const DISPLAY_ZONE = 'UTC+8';
/** The range a JavaScript Date can hold: ±8.64e15 ms. A hostile header may claim any u64. */
const MAX_DATE_MS = 8.64e15 - DISPLAY_OFFSET_MS;

/**
 * `2026-11-21 19:21:03` in UTC+8, whatever the reader's own zone.
 * @param timeMs milliseconds since the Unix epoch; out of range gives the number itself.
 */
export function formatTime(timeMs: number): string {
  if (!Number.isFinite(timeMs) || Math.abs(timeMs) > MAX_DATE_MS) return String(timeMs);
  const iso = new Date(timeMs + DISPLAY_OFFSET_MS).toISOString();
  return iso.slice(0, iso.length - '.000Z'.length).replace('T', ' ');
}

/** As `formatTime`, with milliseconds: `2026-11-21 19:21:03.042`. */
export function formatTimeMs(timeMs: number): string {
  const seconds = formatTime(timeMs);
  if (!Number.isFinite(timeMs) || Math.abs(timeMs) > MAX_DATE_MS) return seconds;
  const ms = ((timeMs % 1000) + 1000) % 1000;
  return `${seconds}.${String(Math.floor(ms)).padStart(3, '0')}`;
}

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** Bytes with a binary unit and at most three significant digits: `640 B`, `1.5 KiB`, `12.3 MiB`. */
export function formatBytes(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? 'B'}`;
}

/** Records a second, with a decimal only while it says something: `0`, `< 0.1`, `3.4`, `1,250`. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return '0';
  if (perSecond < 0.1) return '< 0.1';
  return perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));
}

/** How long ago, in the largest unit that is at least one. Never negative: clocks differ by a little. */
export function ago(
  timeMs: number,
  nowMs: number,
): { readonly unit: 'second' | 'minute' | 'hour' | 'day'; readonly count: number } {
  const seconds = Math.max(0, Math.floor((nowMs - timeMs) / 1000));
  if (seconds < 60) return { unit: 'second', count: seconds };
  if (seconds < 3600) return { unit: 'minute', count: Math.floor(seconds / 60) };
  if (seconds < 86_400) return { unit: 'hour', count: Math.floor(seconds / 3600) };
  return { unit: 'day', count: Math.floor(seconds / 86_400) };
}
