import t from 'tap';
import { report } from '../src/report.ts';
import { run } from '../src/run.ts';

t.test('the benchmark runs, small: everything it posts becomes final and is counted', async (t) => {
  const results = await run(
    {
      records: 2_000,
      seconds: 1,
      rounds: 1,
      connections: 8,
      streams: 2,
      linesPerBody: 500,
      latencySamples: 3,
    },
    () => undefined,
  );
  const [bulk] = results.bulk;
  const [single] = results.single;
  t.equal(bulk?.accepted, 2_000);
  t.equal(bulk?.refused, 0);
  t.ok((single?.accepted ?? 0) > 0);
  t.equal(single?.refused, 0);
  t.equal(single?.errors, 0);
  t.equal(results.latencyIdle.samples, 3);
  t.notMatch(report(results), /NaN|undefined|Infinity/);
});
