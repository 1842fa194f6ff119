import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { ACTOR_NAMES, actorNamed } from './actors/index.ts';
import { partOfBar } from './bar.ts';
import { campaign, type Family, type Series, scenarioOf, type Tally } from './campaign.ts';
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
  --campaign  the bar: 100,000 seeds of faults and 100,000 of Twins, from --seed on
  --part      K/M: only the K-th of M parts of the campaign (1/1)
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
    campaign: { type: 'boolean', default: false },
    part: { type: 'string', default: '1/1' },
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

/** Runs each series; prints what was violated, and a line when one is done. How many violations there were. */
async function many(series: readonly Series[]): Promise<number> {
  let violations = 0;
  await campaign(series, Number(values.jobs), (each, tally) => {
    violations += tally.violations.length;
    console.log(summary(each, tally));
  });
  return violations;
}

function summary({ family, firstSeed, runs }: Series, tally: Tally): string {
  const { cpuMs, virtualMs, views, violations } = tally;
  return (
    `${family.kind}, n = ${family.n}: seeds ${firstSeed} … ${firstSeed + runs - 1}, ${violations.length} violations, ` +
    `${views} views, ${Math.round(virtualMs / 1_000)} virtual s, ${(cpuMs / runs).toFixed(1)} ms of CPU a run`
  );
}

function seriesOfBar(): readonly Series[] {
  const [part, parts] = values.part.split('/').map(Number);
  if (part === undefined || parts === undefined || !(part >= 1 && part <= parts)) {
    throw new RangeError('--part is K/M, 1 ≤ K ≤ M');
  }
  return partOfBar(Number(values.seed), part, parts);
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
  if (values.campaign) return many(seriesOfBar());
  const [seed, runs] = [Number(values.seed), Number(values.runs)];
  const [family] = families();
  if (family === undefined) throw new RangeError('--n is empty');
  if (values.shrink) return shrinkTo(values.scenario ?? 'scenario.txt', scenarioOf(family, seed));
  if (values.scenario !== undefined) return replay(parseScenario(readFileSync(values.scenario, 'utf8')));
  if (runs === 1) return replay(scenarioOf(family, seed));
  return many(families().map((each) => ({ family: each, firstSeed: seed, runs })));
}

process.exitCode = (await main()) === 0 ? 0 : 1;
