import t from 'tap';
import { run } from '../sim/run.ts';
import { twinsScenario } from '../sim/twins.ts';
import { testTwins } from './support/twins.ts';

testTwins(4, 1_500);

t.test('twins contradict themselves: honest nodes see it', async (t) => {
  let seen = 0;
  for (let seed = 1; seed <= 40; seed++) {
    run(twinsScenario(seed, 4), undefined, (line) => {
      if (line.includes('report-equivocation')) seen++;
    });
  }
  t.ok(seen > 0, `${seen} reports`);
});
