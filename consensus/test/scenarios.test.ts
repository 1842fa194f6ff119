import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { REAL_CORE } from '../sim/host.ts';
import { MUTANTS } from '../sim/mutants/list.ts';
import { seek } from '../sim/mutants/seek.ts';
import { run } from '../sim/run.ts';
import { type Scenario, scenario } from '../sim/scenario.ts';
import { formatScenario, parseScenario } from '../sim/scenario-file.ts';
import { listed, shrink } from '../sim/shrink.ts';
import { twinsScenario } from '../sim/twins.ts';

/*
 * Failing runs as files: every file of sim/scenarios was a bug once and is replayed here; what shrinking and the text
 * form promise is tested on planted bugs.
 */

const FOLDER = new URL('../sim/scenarios/', import.meta.url);

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.txt'))) {
  t.test(`${name} stays fixed`, async (t) => {
    const { violation } = run(parseScenario(readFileSync(new URL(name, FOLDER), 'utf8')));
    t.equal(violation, null);
  });
}

t.test('a scenario with its mishaps as a list, and as text, is the same run', async (t) => {
  const made: readonly Scenario[] = [
    scenario(3, 4, ['loss', 'partition', 'crash', 'amnesia', 'actor', 'skew']),
    scenario(6, 5, ['crash-at-effect', 'crash-all', 'slow', 'slow-node', 'clock']),
    twinsScenario(8, 7),
  ];
  for (const original of made) {
    const outcome = run(original);
    const list = listed(original, outcome);
    const text = formatScenario(list);
    t.equal(run(list).trace, outcome.trace, original.name);
    t.equal(formatScenario(parseScenario(text)), text);
    t.equal(run(parseScenario(text)).trace, outcome.trace, `${original.name}, from text`);
    t.equal(run(parseScenario(formatScenario(original))).trace, outcome.trace, 'drawn, from text');
  }
});

for (const name of ['nullify-and-finalize', 'finalize-without-notarization', 'nothing-is-fetched']) {
  t.test(`shrinking a run that shows ${name}`, async (t) => {
    const mutant = MUTANTS.find((known) => known.name === name);
    if (mutant === undefined) throw new Error(`no mutant ${name}`);
    const found = await seek(mutant, 60);
    if (found === null) throw new Error('the bug does not show');
    const shrunk = shrink(found.scenario, found.core);
    if (shrunk === null) throw new Error('a run that failed does not fail again');
    t.ok(shrunk.after < shrunk.before, `${shrunk.after} of ${shrunk.before} pieces`);
    const text = formatScenario(shrunk.scenario);
    const again = run(parseScenario(text), found.core);
    t.not(again.violation, null, 'the file shows the bug');
    t.equal(run(parseScenario(text)).violation, null, 'and the real core does not have it');
  });
}

t.test('a run without a violation does not shrink', async (t) => {
  t.equal(shrink(scenario(1, 4, []), REAL_CORE), null);
});

t.test('text that is no scenario is refused', async (t) => {
  const text = formatScenario(scenario(1, 4));
  t.throws(() => parseScenario(''), SyntaxError);
  t.throws(() => parseScenario(`${text}jump 1\n`), /unknown: jump 1/);
  t.throws(() => parseScenario(`${text}seed 2\n`), /one line of seed/);
  t.throws(() => parseScenario(`${text}at 1 crash x\n`), /no number/);
  t.throws(() => parseScenario(`${text}lose 1 2\n`.replace('mishaps drawn\n', '')), /too short/);
  t.throws(() => parseScenario(`${text}actor 1 nobody\n`), RangeError);
});
