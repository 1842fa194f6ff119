/** A run of characters of one text, and whether the other text has the same there. */
export interface DiffRun {
  readonly text: string;
  readonly same: boolean;
}

/** Compares two texts position by position and gives the first one's characters in runs. */
export function hexDiff(shown: string, other: string): readonly DiffRun[] {
  const runs: { text: string; same: boolean }[] = [];
  for (const [position, character] of [...shown].entries()) {
    const same = other[position] === character;
    const last = runs[runs.length - 1];
    if (last !== undefined && last.same === same) last.text += character;
    else runs.push({ text: character, same });
  }
  return runs;
}
