/** What the reader chose, kept in this browser only. Storage may be refused (private windows): then nothing is kept. */
export type PreferenceName = 'scheme' | 'language';

const keyOf = (name: PreferenceName): string => `hufu.${name}`;

export function readPreference(name: PreferenceName): string | null {
  try {
    return window.localStorage.getItem(keyOf(name));
  } catch {
    return null;
  }
}

export function writePreference(name: PreferenceName, value: string): void {
  try {
    window.localStorage.setItem(keyOf(name), value);
  } catch {
    // The choice still holds until the page is closed.
  }
}
