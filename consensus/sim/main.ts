import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { ACTOR_NAMES, actorNamed } from './actors/index.ts';
import { campaign, type Family, scenarioOf } from './campaign.ts';
import { type Core, REAL_CORE } from './host.ts';
import { MUTANTS } from './mutants/list.ts';
import { mutantCore } from './mutants/mutant.ts';
import { seek } from './mutants/seek.ts';
import { run } from './run.ts';
import { FAULT_NAMES, type Scenario } from './scenario.ts';
import { formatScenario, parseScenario } from './scenario-file.ts';
import { shrink } from './shrink.ts';

/** A mutant that this many seeds do not show survives. */
const MOST_SEEDS = 1_000;

const USAGE = `npm run sim -- [--seed N] [--runs N] [--n LIST] …

  --seed      first seed (1); the same seed always gives the same run
  --runs      how many seeds of each n (1)
  --n         validators, one number or several with commas (4)
  --twins     Twins cases instead of faults
  --faults    comma-separated of ${FAULT_NAMES.join(', ')}; default: what the seed gives
  --actor     one of ${ACTOR_NAMES.join(', ')}; default: what the seed gives
  --jobs      worker processes (as many as there are cores)
  --trace     print every message of one run
  --shrink    make the failing run of --seed smaller and write it to --scenario
  --scenario  replay the run in this file
  --mutant    with a planted bug
  --mutants   how many seeds each planted bug takes`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    n: { type: 'string', default: '4' },
    twins: { type: 'boolean', default: false },
    faults: { type: 'string' },
    actor: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    scenario: { type: 'string' },
    mutant: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function families(): readonly Family[] {
  const named = values.faults?.split(',');
  const faults = named === undefined ? null : FAULT_NAMES.filter((name) => named.includes(name));
  const kind = values.twins ? 'twins' : 'faults';
  const actor = values.actor === undefined ? null : actorNamed(values.actor);
  return values.n.split(',').map((n) => ({ kind, n: Number(n), faults, actor }));
}

async function core(): Promise<Core> {
  if (values.mutant === undefined) return REAL_CORE;
  const mutant = MUTANTS.find(({ name }) => name === values.mutant);
  if (mutant === undefined) throw new RangeError(`there is ${MUTANTS.map(({ name }) => name).join(', ')}`);
  return mutantCore(mutant);
}

/** One run, in this process. */
async function replay(made: Scenario): Promise<number> {
  const {
    violation,
    mishaps,
    writes: _,
    ...outcome
  } = run(made, await core(), values.trace ? console.log : null);
  console.log(made.name);
  console.log(JSON.stringify({ ...outcome, mishaps: mishaps.length }));
  console.log(violation === null ? 'no violation' : violation.stack);
  return violation === null ? 0 : 1;
}

async function shrinkTo(file: string, made: Scenario): Promise<number> {
  const shrunk = shrink(made, await core());
  if (shrunk === null) {
    console.log(`${made.name}: no violation`);
    return 0;
  }
  writeFileSync(file, formatScenario(shrunk.scenario));
  console.log(`${file}: ${shrunk.after} of ${shrunk.before} events and mishaps, after ${shrunk.runs} runs`);
  return 1;
}

async function many(family: Family, firstSeed: number, runs: number): Promise<number> {
  const startedMs = performance.now();
  const { violations, virtualMs, views } = await campaign(family, firstSeed, runs, Number(values.jobs));
  const seconds = (performance.now() - startedMs) / 1_000;
  const speed = Math.round((60 * virtualMs) / 1_000 / seconds);
  console.log(
    `${family.kind}, n = ${family.n}: ${runs} runs, ${violations.length} violations, ${views} views, ` +
      `${seconds.toFixed(0)} s, ${speed} virtual seconds a minute`,
  );
  return violations.length;
}

/** The table of planted bugs, in Markdown. */
async function mutants(): Promise<number> {
  let survivors = 0;
  console.log('| planted bug | breaks | found by seed | seen as |\n|---|---|---|---|');
  for (const mutant of MUTANTS) {
    const found = await seek(mutant, MOST_SEEDS);
    if (found === null) survivors++;
    const [what = ''] = found?.outcome.violation?.message.split(':') ?? [];
    console.log(`| ${mutant.name} | ${mutant.breaks} | ${found?.seed ?? 'survives'} | ${what} |`);
  }
  return survivors;
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (values.mutants) return mutants();
  const [seed, runs] = [Number(values.seed), Number(values.runs)];
  const [family] = families();
  if (family === undefined) throw new RangeError('--n is empty');
  if (values.shrink) return shrinkTo(values.scenario ?? 'scenario.txt', scenarioOf(family, seed));
  if (values.scenario !== undefined) return replay(parseScenario(readFileSync(values.scenario, 'utf8')));
  if (runs === 1) return replay(scenarioOf(family, seed));
  let violations = 0;
  for (const each of families()) violations += await many(each, seed, runs);
  return violations;
}

process.exitCode = (await main()) === 0 ? 0 : 1;
