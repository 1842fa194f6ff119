import { useSyncExternalStore } from 'react';
import { readPreference, writePreference } from '../data/preferences.ts';

/** What the reader chose; `system` follows the operating system as it changes. */
export type SchemeChoice = 'system' | 'light' | 'dark';
export type Scheme = 'light' | 'dark';

const CHOICES: readonly SchemeChoice[] = ['system', 'light', 'dark'];
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let choice: SchemeChoice = CHOICES.find((known) => known === readPreference('scheme')) ?? 'system';

function currentScheme(): Scheme {
  if (choice !== 'system') return choice;
  return systemDark.matches ? 'dark' : 'light';
}

function changed(): void {
  document.documentElement.dataset.theme = currentScheme();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

systemDark.addEventListener('change', changed);
changed();

/** Moves on to the next choice: system, light, dark, system. */
export function cycleScheme(): void {
  choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] ?? 'system';
  writePreference('scheme', choice);
  changed();
}

export function useScheme(): Scheme {
  return useSyncExternalStore(subscribe, currentScheme);
}

export function useSchemeChoice(): SchemeChoice {
  return useSyncExternalStore(subscribe, () => choice);
}
