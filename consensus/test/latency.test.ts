import t from 'tap';
import { run } from '../sim/run.ts';
import { type Scenario, scenario } from '../sim/scenario.ts';

/** Message delays are the only thing that takes time here: what is measured is the protocol. */
const DELAY_MS = 100;

function steady(): Scenario {
  const weather = {
    network: { minDelayMs: DELAY_MS, maxDelayMs: DELAY_MS, lossRate: 0, duplicateRate: 0, reorder: false },
    host: { maxSyncMs: 0, maxVerifyMs: 0, maxExecuteMs: 0, maxApplyMs: 0, crashRate: 0 },
    slowNode: null,
  };
  const events = Array.from({ length: 100 }, (_, index) => ({
    atMs: 60 * index,
    action: { type: 'submit', node: index % 4 } as const,
  }));
  return { ...scenario(1, 4, []), faultyMs: 6_000, weather, calmWeather: weather, events };
}

/** When each line of the trace of that kind was sent, ms. */
function times(lines: readonly string[], what: RegExp): readonly number[] {
  return lines.filter((line) => what.test(line)).map((line) => Number(line.split(' ')[0]));
}

t.test('final in 3 message delays from the proposal, a block every 2', async (t) => {
  const lines: string[] = [];
  const outcome = run(steady(), undefined, (line) => lines.push(line));
  t.equal(outcome.violation, null);
  for (let height = 10; height < 20; height++) {
    const [proposed = 0] = times(lines, new RegExp(` proposal view=\\d+ height=${height} `));
    const [nextProposed = 0] = times(lines, new RegExp(` proposal view=\\d+ height=${height + 1} `));
    const [final = 0] = times(lines, new RegExp(` finalized ${height}$`));
    t.ok(final - proposed <= 3 * DELAY_MS, `height ${height}: final after ${final - proposed} ms`);
    t.ok(
      nextProposed - proposed >= 2 * DELAY_MS,
      `height ${height + 1}: ${nextProposed - proposed} ms later`,
    );
  }
});
