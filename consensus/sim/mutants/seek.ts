import { scenarioOf } from '../campaign.ts';
import type { Core } from '../host.ts';
import { type Outcome, run } from '../run.ts';
import type { Scenario } from '../scenario.ts';
import { mutantCore, type Sought } from './mutant.ts';

export interface Found {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly outcome: Outcome;
  readonly core: Core;
}

/** Runs seeds 1, 2, … under a mutant's conditions until one shows the bug; null when `most` do not. */
export async function seek(mutant: Sought, most: number): Promise<Found | null> {
  const core = await mutantCore(mutant);
  const { kind = 'faults', n = 4, faults, actor } = mutant;
  for (let seed = 1; seed <= most; seed++) {
    const scenario = scenarioOf({ kind, n, faults, actor }, seed);
    const outcome = run(scenario, core);
    if (outcome.violation !== null) return { seed, scenario, outcome, core };
  }
  return null;
}
