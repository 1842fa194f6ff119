import t, { type Test } from 'tap';
import type { Torn } from '../sim/mishaps.ts';
import { type Outcome, run } from '../sim/run.ts';
import { type Scenario, scenario } from '../sim/scenario.ts';

/*
 * Crash at every effect: one node dies before each single write and send of a run, comes back, and everything that must
 * hold holds. What was not synced is lost, or there after all (written, and nothing sent), or partly there.
 */

const NODE = 1;
const VIEWS = 20;
const DOWN_MS = 60;

function undisturbed(): Scenario {
  const events = Array.from({ length: 25 }, (_, index) => ({
    atMs: 1 + 22 * index,
    action: { type: 'submit', node: index % 4 } as const,
  }));
  return { ...scenario(1, 4, []), name: 'undisturbed', faultyMs: 600, events, mishaps: [] };
}

function crashedAt(count: number, torn: Torn): Outcome {
  const crash = { type: 'crash-at-effect', node: NODE, count, downMs: DOWN_MS, torn } as const;
  return run({ ...undisturbed(), mishaps: [crash] });
}

const whole = run(undisturbed());
const effects = whole.effects[NODE] ?? 0;
const writes = whole.writes[NODE] ?? [];

t.test(`the run has ${VIEWS} views and more, without a violation`, async (t) => {
  t.equal(whole.violation, null);
  t.ok(whole.views >= VIEWS, `${whole.views} views`);
});

t.test(`a crash before each of ${effects} writes and sends; what was not synced is lost`, async (t) => {
  for (let count = 1; count <= effects; count++) check(t, count, crashedAt(count, 'lost'));
  t.pass(`${effects} runs`);
});

t.test(`a crash in each of ${writes.length} writes; what was not synced is there`, async (t) => {
  for (const count of writes) check(t, count, crashedAt(count, 'kept'));
  t.pass(`${writes.length} runs`);
});

function check(t: Test, count: number, { violation, crashes }: Outcome): void {
  if (violation !== null) t.fail(`before effect ${count}: ${violation.message}`);
  if (crashes !== 1) t.fail(`before effect ${count}: ${crashes} crashes`);
}
