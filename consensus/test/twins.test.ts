import t from 'tap';
import { run } from '../sim/run.ts';
import type { Scenario } from '../sim/scenario.ts';
import { twinsScenario } from '../sim/twins.ts';
import { leader } from '../src/index.ts';
import { testTwins } from './support/twins.ts';

testTwins(4, 1_500);

/** The leaders of the views whose proposals are heard, in order. */
function leadersOf({ rounds, n }: Scenario): readonly number[] {
  return rounds.flatMap((groups, index) => (groups.length === 0 ? [] : [leader(index + 1, n)]));
}

t.test('leaders are drawn: every validator may follow every other, and itself', async (t) => {
  const followed = new Set<string>();
  for (let seed = 1; seed <= 200; seed++) {
    const leaders = leadersOf(twinsScenario(seed, 4));
    for (const [index, next] of leaders.slice(1).entries()) followed.add(`${leaders[index]} ${next}`);
  }
  t.equal(followed.size, 16);
});

t.test('in a view without groups only its leader votes for its proposal', async (t) => {
  let voted = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const scenario = twinsScenario(seed, 4);
    run(scenario, undefined, (line) => {
      const [, atMs, node, view] = /^(\d+) (\d+) notarize view=(\d+)/.exec(line)?.map(Number) ?? [];
      if (atMs === undefined || view === undefined || node === undefined) return;
      if (atMs >= scenario.faultyMs || scenario.rounds[view - 1]?.length !== 0) return;
      voted++;
      t.equal([...Array(4).keys(), ...scenario.twins][node], leader(view, 4), `seed ${seed}: ${line}`);
    });
  }
  t.ok(voted > 0, `${voted} votes`);
});

t.test('twins contradict themselves: honest nodes see it', async (t) => {
  let seen = 0;
  for (let seed = 1; seed <= 40; seed++) {
    run(twinsScenario(seed, 4), undefined, (line) => {
      if (line.includes('report-equivocation')) seen++;
    });
  }
  t.ok(seen > 0, `${seen} reports`);
});
