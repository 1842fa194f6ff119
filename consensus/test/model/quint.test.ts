import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { BROKEN, explore, WITNESSES } from '../../model/quint.ts';
import { replay } from './itf.ts';

/*
 * Quint's own runs of the model, a few of them: `npm run model` draws as many as one likes.
 */

const SAMPLES = 30;
const STEPS = 60;
const TRACES = 5;
/** The modules with four validators. */
const FOUR = { n: 4, byzantine: [3], quorum: 3 };
const folder = mkdtempSync(join(tmpdir(), 'hufu-model-'));
t.teardown(() => rmSync(folder, { recursive: true }));

t.test('n = 4: no run violates an invariant, and simplex.ts replays them state by state', async (t) => {
  const tracesTo = join(folder, 'four_{seq}.itf.json');
  const { violated, witnessed, output } = explore({
    module: 'four',
    samples: SAMPLES,
    steps: STEPS,
    seed: 1,
    traces: TRACES,
    tracesTo,
  });
  t.notOk(violated, output);
  for (const witness of WITNESSES) t.ok((witnessed.get(witness) ?? 0) > 0, `${witness} in some runs`);
  let steps = 0;
  for (let trace = 0; trace < TRACES; trace++) {
    const written = readFileSync(tracesTo.replace('{seq}', String(trace)), 'utf8');
    steps += replay(written, FOUR);
  }
  t.ok(steps > TRACES, `${steps} steps replayed`);
});

/** Modules whose violations simplex.ts refuses too: in the others the model is the same but for a number. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  notarizeTwice: /voted already/,
  nullifyAndFinalize: /nullified the view|finalized the view/,
  gapInNullifications: /not justified/,
  blocksBeyondTheLast: /not justified/,
  lastBlockBuiltAnew: /not justified/,
};

for (const { module, breaks } of BROKEN) {
  t.test(`without "${breaks}" an invariant is violated`, async (t) => {
    const tracesTo = join(folder, `${module}_{seq}.itf.json`);
    // With this seed Quint soon finds them all.
    const explored = explore({ module, samples: 100, steps: STEPS, seed: 4, traces: 1, tracesTo });
    t.ok(explored.violated);
    const refusal = REFUSALS[module];
    if (refusal === undefined) return;
    const written = readFileSync(tracesTo.replace('{seq}', '0'), 'utf8');
    t.throws(() => replay(written, FOUR), { message: refusal });
  });
}
