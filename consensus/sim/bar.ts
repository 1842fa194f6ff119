import type { Family, Series } from './campaign.ts';

/** How many seeds of each n have to pass before a release: 100,000 of faults, 100,000 of Twins. */
const BAR: readonly (readonly [kind: Family['kind'], n: number, runs: number])[] = [
  ['faults', 1, 15_000],
  ['faults', 4, 35_000],
  ['faults', 5, 20_000],
  ['faults', 7, 20_000],
  ['faults', 10, 8_000],
  ['faults', 16, 2_000],
  ['twins', 4, 80_000],
  ['twins', 7, 20_000],
];

/** The `part`-th of `parts` equal parts of the bar, counted from 1; all parts together run every seed once. */
export function partOfBar(firstSeed: number, part: number, parts: number): readonly Series[] {
  return BAR.map(([kind, n, runs]) => {
    const from = Math.floor((runs * (part - 1)) / parts);
    const to = Math.floor((runs * part) / parts);
    const family: Family = { kind, n, faults: null, actor: null };
    return { family, firstSeed: firstSeed + from, runs: to - from };
  }).filter(({ runs }) => runs > 0);
}
